package onebottest

type lagrange struct{ standard }
