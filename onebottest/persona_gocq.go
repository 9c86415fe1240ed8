package onebottest

type gocq struct{ standard }
