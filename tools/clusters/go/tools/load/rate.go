package main

import (
	"slices"
	"sync"
	"time"
)

// fixedRate asks at times that do not depend on the answers. A request that had to wait for the answer before it is
// timed from when it was due, so that a stall counts for all that it delayed; one that only the timer delayed is not.
func fixedRate(p *plan) result {
	var t tally
	conns := open(p, &t)
	var mutex sync.Mutex
	var times []time.Duration
	pause := time.Duration(float64(len(conns)) / p.rate * float64(time.Second))
	started := time.Now()
	measuredFrom := started.Add(p.warmUp)
	end := measuredFrom.Add(p.length)
	var all sync.WaitGroup
	for i, conn := range conns {
		_ = conn.SetDeadline(end.Add(patience))
		all.Go(func() {
			buffer := make([]byte, len(answer))
			var mine []time.Duration
			for due := started.Add(pause * time.Duration(i) / time.Duration(len(conns))); due.Before(end); due = due.Add(pause) {
				from := due
				if wait := time.Until(due); wait > 0 {
					time.Sleep(wait)
					from = time.Now()
				}
				if err := exchange(conn, buffer); err != nil {
					t.failed(err)
					break
				}
				if due.After(measuredFrom) {
					mine = append(mine, time.Since(from))
				}
			}
			mutex.Lock()
			defer mutex.Unlock()
			times = append(times, mine...)
		})
	}
	time.Sleep(p.warmUp)
	begin()
	all.Wait()
	took := time.Since(measuredFrom)
	t.count.Store(int64(len(times)))
	r := t.result(took)
	slices.Sort(times)
	r.P50, r.P99 = quantile(times, 0.5), quantile(times, 0.99)
	return r
}

// quantile of sorted times, in milliseconds: the smallest that at least that share does not exceed.
func quantile(sorted []time.Duration, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := max(0, int(share*float64(len(sorted))+0.999999)-1)
	return float64(sorted[min(at, len(sorted)-1)]) / float64(time.Millisecond)
}
