package onebottest

type llbot struct{ standard }
