package pace

import "time"

// enoughToMeasure is the count from which a rate is known so well that its older
// part may fade.
const enoughToMeasure = 20

// meter measures how many requests a limit lets through in a second.
type meter struct{ count, seconds float64 }

func (m *meter) add(count float64, d time.Duration) {
	if m.count > enoughToMeasure {
		m.count, m.seconds = m.count*0.9, m.seconds*0.9
	}
	m.count, m.seconds = m.count+count, m.seconds+d.Seconds()
}

// rate a second: at least one in longestLearnt, since a limit that lets nothing
// through is not one to learn, and at most a thousand times as many as counted.
func (m *meter) rate() float64 {
	return max(m.count/max(m.seconds, 0.001), 1/longestLearnt.Seconds())
}
