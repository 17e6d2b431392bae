package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"time"
)

// The TCP protocol, one exchange per connection:
//
//	server  "hello HOST\n"               it speaks first
//	client  request as a line of JSON
//	both    at the same time: the client sends bytes, then FIN; the server sends request.Down bytes
//	server  receipt as a line of JSON, request.Delay after the client's FIN, then FIN
type request struct {
	Down  int64         `json:"down"`
	Delay time.Duration `json:"delay"`
}

// receipt says what the server sent and got, so that the client can compare both with what it got and sent.
type receipt struct {
	Up      int64  `json:"up"`
	UpSum   string `json:"upSum"`
	DownSum string `json:"downSum"`
}

// answer is the server's side of one exchange.
func answer(connection *net.TCPConn, host string) error {
	if _, err := fmt.Fprintf(connection, "hello %s\n", host); err != nil {
		return err
	}
	input := bufio.NewReaderSize(connection, 64<<10)
	line, err := input.ReadBytes('\n')
	if err != nil {
		return err
	}
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return err
	}
	sent := make(chan result, 1)
	go func() { sent <- send(connection, asked.Down, 0) }()
	up, upSum, err := receive(input)
	if err != nil {
		return err
	}
	down := <-sent
	if down.err != nil {
		return down.err
	}
	time.Sleep(asked.Delay)
	return json.NewEncoder(connection).Encode(receipt{Up: up, UpSum: upSum, DownSum: down.sum})
}

// converse is the client's side of one exchange: up bytes sent, spread over some time, and asked.Down received.
// It returns the greeting, and an error when a single byte differs.
func converse(connection *net.TCPConn, up int64, over time.Duration, asked request) (string, error) {
	input := bufio.NewReaderSize(connection, 64<<10)
	greeting, err := input.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("waiting for the greeting: %w", err)
	}
	if err := json.NewEncoder(connection).Encode(asked); err != nil {
		return greeting, err
	}
	sent := make(chan result, 1)
	go func() {
		outcome := send(connection, up, over)
		if outcome.err == nil {
			outcome.err = connection.CloseWrite()
		}
		sent <- outcome
	}()
	_, downSum, err := receive(io.LimitReader(input, asked.Down))
	if err != nil {
		return greeting, fmt.Errorf("receiving: %w", err)
	}
	outcome := <-sent
	if outcome.err != nil {
		return greeting, fmt.Errorf("sending: %w", outcome.err)
	}
	var got receipt
	if err := json.NewDecoder(input).Decode(&got); err != nil {
		return greeting, fmt.Errorf("waiting for the receipt: %w", err)
	}
	if want := (receipt{Up: up, UpSum: outcome.sum, DownSum: downSum}); got != want {
		return greeting, fmt.Errorf("the server's receipt is %+v, ours %+v", got, want)
	}
	if extra, err := io.Copy(io.Discard, input); err != nil || extra > 1 { // 1: the receipt's line break
		return greeting, fmt.Errorf("after the receipt: %d bytes, %v", extra, err)
	}
	return greeting, nil
}

type result struct {
	sum string
	err error
}

// send writes so many bytes, in blocks spread evenly over a time (0: as fast as they go), and returns their SHA-256.
func send(to io.Writer, count int64, over time.Duration) result {
	const size = 32 << 10
	pause := time.Duration(0)
	if blocks := (count + size - 1) / size; blocks > 0 {
		pause = over / time.Duration(blocks)
	}
	hash := sha256.New()
	block := make([]byte, size)
	for number := int64(0); count > 0; number++ {
		fill(block, number)
		block = block[:min(size, count)]
		hash.Write(block)
		if _, err := to.Write(block); err != nil {
			return result{err: err}
		}
		count -= int64(len(block))
		time.Sleep(pause)
	}
	return result{sum: hex.EncodeToString(hash.Sum(nil))}
}

// fill makes blocks that differ from each other, so that a lost, doubled or swapped block changes the sum.
func fill(block []byte, number int64) {
	seed := sha256.Sum256(fmt.Append(nil, number))
	for at := 0; at < len(block); at += len(seed) {
		copy(block[at:], seed[:])
	}
}

func receive(from io.Reader) (int64, string, error) {
	hash := sha256.New()
	count, err := io.Copy(hash, from)
	return count, hex.EncodeToString(hash.Sum(nil)), err
}
