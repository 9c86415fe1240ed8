package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// series is one of the small plots, drawn below each other.
type series struct {
	name  string
	value func(x, before sample) float64
}

// perSecond is how fast a counter grew between two samples.
func perSecond(now, before uint64, x, y sample) float64 {
	if d := (x.at - y.at).Seconds(); d > 0 {
		return float64(now-before) / d
	}
	return 0
}

func allSeries() []series {
	return []series{
		{"events handled per second", func(x, y sample) float64 { return perSecond(x.handled, y.handled, x, y) }},
		{"calls per second", func(x, y sample) float64 { return perSecond(x.stats.Calls, y.stats.Calls, x, y) }},
		{"calls failed per second", func(x, y sample) float64 { return perSecond(x.failed, y.failed, x, y) }},
		{"reconnects, all", func(x, _ sample) float64 { return float64(x.stats.Reconnects) }},
		{"heap in use, MB", func(x, _ sample) float64 { return float64(x.heap) / 1e6 }},
		{"heap in use outside of the server, MB", func(x, _ sample) float64 { return float64(x.own) / 1e6 }},
		{"goroutines", func(x, _ sample) float64 { return float64(x.goroutines) }},
	}
}

// plot draws the samples as an SVG document.
func plot(samples []sample) []byte {
	const width, height, left, gap = 800, 110, 90, 40
	all := allSeries()
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n",
		width+left+20, len(all)*(height+gap)+20)
	b.WriteString(`<rect width="100%" height="100%" fill="white"/>` + "\n")
	end := samples[len(samples)-1].at
	for i, s := range all {
		top := i*(height+gap) + gap
		values, most := valuesOf(s, samples)
		var points strings.Builder
		for j, v := range values {
			x := left + float64(width)*float64(samples[j].at)/float64(max(end, 1))
			y := float64(top+height) - float64(height)*v/most
			fmt.Fprintf(&points, "%.1f,%.1f ", x, y)
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text>`+"\n", left, top-8, s.name)
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%.4g</text>`+"\n", left-6, top+10, most)
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">0</text>`+"\n", left-6, top+height)
		fmt.Fprintf(&b, `<path d="M%d %dV%dH%d" fill="none" stroke="gray"/>`+"\n", left, top, top+height, left+width)
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="steelblue" stroke-width="1.5"/>`+"\n", strings.TrimSpace(points.String()))
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n</svg>\n",
		left+width, len(all)*(height+gap)+14, end.Round(time.Second))
	return b.Bytes()
}

// valuesOf gives the values of a series and the largest of them, at least 1 so that it can divide.
func valuesOf(s series, samples []sample) (values []float64, most float64) {
	most = 1
	var before sample
	for _, x := range samples {
		v := s.value(x, before)
		values, most, before = append(values, v), max(most, v), x
	}
	return values, most
}
