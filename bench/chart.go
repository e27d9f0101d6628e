package main

import (
	"fmt"
	"math"
	"strings"
	"time"
)

const (
	panelWidth, panelHeight = 430.0, 250.0
	panelTop, panelLeft     = 70.0, 50.0
	panelGap                = 40.0
	chartWidth              = 2*panelWidth + panelGap + panelLeft + 20
	chartHeight             = panelTop + panelHeight + 60
)

// style has two palettes, for pages that are light and pages that are dark. The
// chart has no background of its own.
const style = `<style>
text{font:12px system-ui,sans-serif;fill:#1f2328}
.title{font-size:14px;font-weight:600}
.value{font-size:10px;text-anchor:middle}
.middle{text-anchor:middle}
.end{text-anchor:end}
line{stroke:#d0d7de}
.s0{fill:#8c959f}.s1{fill:#bf8700}.s2{fill:#8250df}.s3{fill:#0969da}.s4{fill:#54aeff}
@media(prefers-color-scheme:dark){
text{fill:#e6edf3}
line{stroke:#3d444d}
.s0{fill:#9198a1}.s1{fill:#d29922}.s2{fill:#a371f7}.s3{fill:#4493f8}.s4{fill:#79c0ff}
}
</style>
`

// chart draws the milliseconds an account: bars of one height from left to right
// are a time that grows with the number of accounts and no faster.
func chart(m measured, sizes []int) string {
	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" role="img" aria-label="Milliseconds an account of apply and of a plan without changes">`+"\n%s",
		chartWidth, chartHeight, style)
	for i, s := range engineSubjects {
		x := panelLeft + float64(i)*185
		fmt.Fprintf(&svg, `<rect class="s%d" x="%.0f" y="14" width="12" height="12" rx="2"/><text x="%.0f" y="25">%s</text>`+"\n", i, x, x+18, s.name)
	}
	for i, operation := range []string{applying, planning} {
		drawPanel(&svg, m, sizes, operation, panelLeft+float64(i)*(panelWidth+panelGap))
	}
	svg.WriteString("</svg>\n")
	return svg.String()
}

func drawPanel(svg *strings.Builder, m measured, sizes []int, operation string, left float64) {
	top := 0.0
	for _, size := range sizes {
		for _, s := range engineSubjects {
			top = max(top, perAccount(m.wall(s, size, operation), size))
		}
	}
	step := niceStep(top)
	top = step * math.Ceil(top/step)
	bottom := panelTop + panelHeight
	height := func(value float64) float64 { return value / top * panelHeight }
	fmt.Fprintf(svg, `<text class="title" x="%.0f" y="%.0f">%s, ms an account</text>`+"\n", left, panelTop-18, operation)
	for value := 0.0; value <= top+step/2; value += step {
		y := bottom - height(value)
		fmt.Fprintf(svg, `<line x1="%.0f" y1="%.1f" x2="%.0f" y2="%.1f"/><text class="end" x="%.0f" y="%.1f">%g</text>`+"\n",
			left, y, left+panelWidth, y, left-6, y+4, value)
	}
	group := panelWidth / float64(len(sizes))
	bar := group * 0.85 / float64(len(engineSubjects))
	for i, size := range sizes {
		begin := left + float64(i)*group + group*0.075
		for j, s := range engineSubjects {
			value := perAccount(m.wall(s, size, operation), size)
			x, h := begin+float64(j)*bar, height(value)
			fmt.Fprintf(svg, `<rect class="s%d" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="1"/><text class="value" x="%.1f" y="%.1f">%.1f</text>`+"\n",
				j, x, bottom-h, bar-2, h, x+bar/2-1, bottom-h-4, value)
		}
		fmt.Fprintf(svg, `<text class="middle" x="%.1f" y="%.0f">%d accounts</text>`+"\n", begin+group*0.425, bottom+20, size)
	}
}

func perAccount(d time.Duration, accounts int) float64 {
	return float64(d) / float64(time.Millisecond) / float64(accounts)
}

// niceStep gives a round distance of four to eight lines.
func niceStep(top float64) float64 {
	if top <= 0 {
		return 1
	}
	magnitude := math.Pow(10, math.Floor(math.Log10(top/4)))
	for _, factor := range []float64{1, 2, 5} {
		if top/(factor*magnitude) <= 8 {
			return factor * magnitude
		}
	}
	return 10 * magnitude
}
