// Package ferry counts cars onto boats.
package ferry

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

/*
A Boat holds so many metres of cars.
Trucks count double.
*/
type Boat struct {
	Name   string `json:"name"`
	Metres float64
	mu     sync.Mutex
	aboard []Car
}

// Car is anything with wheels.
type Car interface {
	Length() float64
	String() string
}

var ErrFull = errors.New("the boat is full")

const (
	short = iota + 1
	long
	rune1 = '\n'
	raw   = `a raw
string over lines /* not a comment */`
)

type truck struct{ length float64 }

func (t truck) Length() float64 { return 2 * t.length }
func (t truck) String() string  { return fmt.Sprintf("truck(%.1f m)", t.length) }

// Load takes cars in order until one does not fit.
func (b *Boat) Load(ctx context.Context, cars <-chan Car) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := b.Metres
	for n := 0; ; n++ {
		select {
		case car, ok := <-cars:
			if !ok {
				return n, nil
			}
			if left -= car.Length(); left < 0 {
				return n, fmt.Errorf("%s at %v: %w", car, time.Now().UTC(), ErrFull)
			}
			b.aboard = append(b.aboard, car)
		case <-ctx.Done():
			return n, ctx.Err()
		}
	}
}

func Map[T, U any](in []T, f func(T) U) []U {
	out := make([]U, 0, len(in))
	for _, item := range in {
		out = append(out, f(item))
	}
	return out
}

func init() {
	if x := 0x1F | 1<<3; x > long*short {
		go func() { panic(fmt.Sprint(x, 3.5e-2, 2i, raw, rune1, nil, true)) }()
	}
}
