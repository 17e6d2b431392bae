package main

import (
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// patience bounds everything that waits for the other end.
const patience = 10 * time.Second

// target is a host and ports that connections go to by turns.
type target struct {
	host        string
	first, last int64
	turn        atomic.Int64
}

func (t *target) dial() (net.Conn, error) {
	// a stride that is prime to any such number of ports spreads few connections over all of them
	port := t.first + (t.turn.Add(1)*7919)%(t.last-t.first+1)
	return net.DialTimeout("tcp", net.JoinHostPort(t.host, strconv.FormatInt(port, 10)), patience)
}

// exchange sends a request and reads its answer.
func exchange(conn net.Conn, buffer []byte) error {
	if _, err := conn.Write(request); err != nil {
		return err
	}
	_, err := io.ReadFull(conn, buffer[:len(answer)])
	return err
}

// tally counts over all clients.
type tally struct {
	count, errors atomic.Int64
	once          sync.Once
	first         string
}

func (t *tally) failed(err error) {
	t.errors.Add(1)
	t.once.Do(func() { t.first = err.Error() })
}

func (t *tally) result(took time.Duration) result {
	return result{Seconds: took.Seconds(), Count: t.count.Load(), Errors: t.errors.Load(), First: t.first}
}

// open dials one connection for each client and sees that it answers; a client that cannot counts as an error.
func open(p *plan, t *tally) []net.Conn {
	conns := make([]net.Conn, p.clients)
	var all sync.WaitGroup
	gate := make(chan struct{}, 32)
	for i := range conns {
		all.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			conn, err := p.target.dial()
			if err == nil {
				_ = conn.SetDeadline(time.Now().Add(patience))
				if err = exchange(conn, make([]byte, len(answer))); err == nil {
					conns[i] = conn
					return
				}
				conn.Close()
			}
			t.failed(err)
		})
	}
	all.Wait()
	good := conns[:0]
	for _, conn := range conns {
		if conn != nil {
			good = append(good, conn)
		}
	}
	return good
}
