package main

import (
	"context"
	"fmt"
	"time"
)

// what an engine is asked for.
const (
	applying = "apply"
	planning = "no-change plan"
)

// measured holds the costs of all rounds.
type measured map[string]map[int]map[string][]cost // subject, accounts, operation

func (m measured) add(s subject, size int, operation string, c cost) {
	if m[s.name] == nil {
		m[s.name] = map[int]map[string][]cost{}
	}
	if m[s.name][size] == nil {
		m[s.name][size] = map[string][]cost{}
	}
	m[s.name][size][operation] = append(m[s.name][size][operation], c)
}

func (m measured) wall(s subject, size int, operation string) time.Duration {
	return medianOf(m[s.name][size][operation], func(c cost) time.Duration { return c.wall })
}

func (m measured) processor(s subject, size int, operation string) time.Duration {
	return medianOf(m[s.name][size][operation], func(c cost) time.Duration { return c.processor })
}

var engineSubjects = []subject{terraformData, nothing, lookalike, ours, oursManyClients}

// underEngine applies and plans every subject at every size, in turns: what
// disturbs the machine for a while disturbs all of them.
func underEngine(ctx context.Context, b *bench) (section, error) {
	m := measured{}
	for round := range b.rounds {
		for _, size := range b.sizes {
			for i := range engineSubjects {
				// Each round begins with another one.
				s := engineSubjects[(i+round)%len(engineSubjects)]
				if err := applyAndPlan(ctx, b, m, s, size); err != nil {
					return section{}, fmt.Errorf("%s, %d: %w", s.name, size, err)
				}
			}
			progress("  round %d of %d, %d accounts", round+1, b.rounds, size)
		}
	}
	result := section{title: "Under an engine", measured: m, sizes: b.sizes}
	for _, operation := range []string{applying, planning} {
		result.tables = append(result.tables, tableOf(m, b.sizes, operation))
	}
	result.tables = append(result.tables, growthTable(m, b.sizes))
	return result, nil
}

func applyAndPlan(ctx context.Context, b *bench, m measured, s subject, size int) error {
	w, err := b.open(s, size, b.built)
	if err != nil {
		return err
	}
	defer w.close()
	took, err := w.apply(ctx)
	if err != nil {
		return err
	}
	m.add(s, size, applying, took)
	if took, err = w.planNothing(ctx); err != nil {
		return err
	}
	m.add(s, size, planning, took)
	return nil
}

func tableOf(m measured, sizes []int, operation string) table {
	t := table{title: operation, head: []string{"accounts", "of", "time", "of terraform_data", "of the do-nothing plugin", "of the same schema", "processor time", "of the do-nothing plugin"}}
	for _, size := range sizes {
		for _, s := range engineSubjects {
			wall, processor := m.wall(s, size, operation), m.processor(s, size, operation)
			t.rows = append(t.rows, []string{
				fmt.Sprint(size), s.name, seconds(wall),
				ratio(wall, m.wall(terraformData, size, operation)),
				ratio(wall, m.wall(nothing, size, operation)),
				ratio(wall, m.wall(lookalike, size, operation)),
				seconds(processor), ratio(processor, m.processor(nothing, size, operation)),
			})
		}
	}
	return t
}

// growthTable shows how the time grows from the fewest accounts to the most, as
// the exponent of a power: 1 is linear.
func growthTable(m measured, sizes []int) table {
	least, most := sizes[0], sizes[len(sizes)-1]
	t := table{title: fmt.Sprintf("growth from %d to %d accounts, as an exponent", least, most), head: []string{"of", applying, planning}}
	for _, s := range engineSubjects {
		row := []string{s.name}
		for _, operation := range []string{applying, planning} {
			row = append(row, exponent(m.wall(s, least, operation), m.wall(s, most, operation), least, most))
		}
		t.rows = append(t.rows, row)
	}
	return t
}
