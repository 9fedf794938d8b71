// client LIST CONCURRENCY [RESOLVER]: Go's net/http. It gets each URL of a list and keeps nothing. Certificates are not checked.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	concurrency, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	if len(os.Args) > 3 {
		dialer.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, os.Args[3])
		}}
	}
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		DialContext:         dialer.DialContext,
		MaxIdleConnsPerHost: concurrency,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true},
	}}
	urls := make(chan string, 1000)
	var group sync.WaitGroup
	for i := 0; i < concurrency; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for url := range urls {
				if response, err := client.Get(url); err == nil {
					io.Copy(io.Discard, response.Body)
					response.Body.Close()
				}
			}
		}()
	}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		urls <- lines.Text()
	}
	close(urls)
	group.Wait()
	fmt.Println("done")
}
