package pace

// The names that the callers still use.
type (
	Place  = Slot
	Turn   = Permit
	Answer = Response
)

// Line is [Pacer.Enqueue].
func (p *Pacer) Line() *Slot { return p.Enqueue() }
