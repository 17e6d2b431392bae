package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
)

func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	httpAddress := flags.String("http", ":8080", "")
	tcpAddress := flags.String("tcp", ":9000", "")
	_ = flags.Parse(args)

	host, err := os.Hostname()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *tcpAddress)
	if err != nil {
		return err
	}
	go func() {
		log.Fatal(http.ListenAndServe(*httpAddress, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintln(w, host)
		})))
	}()
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			if err := answer(connection.(*net.TCPConn), host); err != nil {
				log.Print(connection.RemoteAddr(), " ", err)
			}
		}()
	}
}
