package main

import (
	"bytes"
	"net"
)

var (
	endOfHead   = []byte("\r\n\r\n")
	request     = []byte("GET / HTTP/1.1\r\nHost: bar\r\nUser-Agent: load\r\nAccept: */*\r\n\r\n")
	wantsStream = []byte("GET /stream HTTP/1.1\r\nHost: bar\r\n\r\n")
	answer      = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n" + string(bytes.Repeat([]byte("x"), 100)))
)

// serve answers every request, until it cannot listen any more.
func serve(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go converse(conn)
	}
}

// converse ends when the client does, who has never more than one request under way.
func converse(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 2048)
	filled := 0
	for filled < len(buffer) {
		n, err := conn.Read(buffer[filled:])
		if err != nil {
			return
		}
		filled += n
		if !bytes.HasSuffix(buffer[:filled], endOfHead) {
			continue
		}
		if bytes.HasPrefix(buffer, wantsStream[:11]) {
			flood(conn)
			return
		}
		filled = 0
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

func flood(conn net.Conn) {
	block := make([]byte, 256<<10)
	for {
		if _, err := conn.Write(block); err != nil {
			return
		}
	}
}
