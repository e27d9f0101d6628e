package pace

var debug func(p *Pacer, t *Turn, a Answer)
