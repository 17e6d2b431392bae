package main

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// requests asks on every connection again as soon as it has been answered.
func requests(p *plan) result {
	var t tally
	conns := open(p, &t)
	measured := func(length time.Duration) time.Duration {
		started := time.Now()
		end := started.Add(length)
		var all sync.WaitGroup
		for _, conn := range conns {
			_ = conn.SetDeadline(end.Add(patience))
			all.Go(func() {
				buffer := make([]byte, len(answer))
				for time.Now().Before(end) {
					if err := exchange(conn, buffer); err != nil {
						t.failed(err)
						return
					}
					t.count.Add(1)
				}
			})
		}
		all.Wait()
		return time.Since(started)
	}
	measured(p.warmUp)
	t.count.Store(0)
	begin()
	return t.result(measured(p.length))
}

// connections dials, asks once and hangs up, again and again.
func connections(p *plan) result {
	var t tally
	measured := func(length time.Duration) time.Duration {
		started := time.Now()
		end := started.Add(length)
		var all sync.WaitGroup
		for range p.clients {
			all.Go(func() {
				buffer := make([]byte, len(answer))
				for time.Now().Before(end) {
					if err := once(&p.target, buffer); err != nil {
						t.failed(err)
						continue
					}
					t.count.Add(1)
				}
			})
		}
		all.Wait()
		return time.Since(started)
	}
	measured(p.warmUp)
	t.count.Store(0)
	begin()
	return t.result(measured(p.length))
}

func once(target *target, buffer []byte) error {
	conn, err := target.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	return exchange(conn, buffer)
}

// stream reads one answer that does not end; what arrives while it warms up does not count.
func stream(p *plan) result {
	var t tally
	conn, err := p.target.dial()
	if err != nil {
		t.failed(err)
		begin()
		return t.result(0)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(p.warmUp + p.length + patience))
	if _, err := conn.Write(wantsStream); err != nil {
		t.failed(err)
	}
	buffer := make([]byte, 256<<10)
	receive := func(length time.Duration) (total int64, took time.Duration) {
		started := time.Now()
		for time.Since(started) < length {
			n, err := conn.Read(buffer)
			total += int64(n)
			if err != nil {
				t.failed(err)
				break
			}
		}
		return total, time.Since(started)
	}
	receive(p.warmUp)
	begin()
	total, took := receive(p.length)
	t.count.Store(total)
	return t.result(took)
}

// idle holds connections on which nothing happens any more.
func idle(p *plan) result {
	var t tally
	conns := open(p, &t)
	t.count.Store(int64(len(conns)))
	begin()
	_, _ = io.Copy(io.Discard, os.Stdin)
	closeAll(conns)
	return t.result(0)
}

func closeAll(conns []net.Conn) {
	for _, conn := range conns {
		conn.Close()
	}
}
