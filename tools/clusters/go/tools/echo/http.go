package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func get(args []string) error {
	flags := flag.NewFlagSet("get", flag.ExitOnError)
	timeout := flags.Duration("timeout", 5*time.Second, "")
	url := parse(flags, args)
	status, body, err := fetch(url, *timeout)
	if err != nil {
		return exit{7, err}
	}
	if status >= 300 {
		return exit{22, fmt.Errorf("status %d", status)}
	}
	fmt.Print(body)
	return nil
}

// attempt is one line of loop's output.
type attempt struct {
	OK     bool    `json:"ok"`
	Time   string  `json:"time"` // when it began, RFC 3339 with milliseconds
	Millis float64 `json:"millis"`
	Status int     `json:"status"`
	Body   string  `json:"body"`
	Error  string  `json:"error,omitempty"`
}

func loop(args []string) error {
	flags := flag.NewFlagSet("loop", flag.ExitOnError)
	every := flags.Duration("every", 200*time.Millisecond, "")
	timeout := flags.Duration("timeout", 2*time.Second, "")
	count := flags.Int("count", 0, "0: for ever")
	url := parse(flags, args)
	for done := 0; *count == 0 || done < *count; done++ {
		started := time.Now()
		status, body, err := fetch(url, *timeout)
		line := attempt{
			OK: err == nil && status < 300, Status: status, Body: strings.TrimSpace(body),
			Time: started.UTC().Format("2006-01-02T15:04:05.000Z"), Millis: float64(time.Since(started).Microseconds()) / 1000,
		}
		if err != nil {
			line.Error = err.Error()
		}
		if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
			return err
		}
		time.Sleep(time.Until(started.Add(*every)))
	}
	return nil
}

// fetch opens a connection of its own: what is asked is whether a connection made now arrives.
func fetch(url string, timeout time.Duration) (int, string, error) {
	client := http.Client{Timeout: timeout, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}
