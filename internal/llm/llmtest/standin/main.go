// Standin is a stand-in for an OpenAI-compatible endpoint in a process of its
// own, for tests and measurements. It answers in the shape that is asked for,
// from no model at all.
//
//	go run ./internal/llm/llmtest/standin -addr localhost:8801 -latency 100ms
//
// GET /stats says how many calls were received and paid for.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"

	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "standin:", err)
		os.Exit(1)
	}
}

func run() error {
	var o llmtest.Options
	var m llmtest.Meter
	var f llmtest.Faults
	addr := flag.String("addr", "localhost:8801", "address to listen on")
	text := flag.String("answer", "", "answer with this text (default: by the schema that is asked for)")
	latency := flag.Duration("latency", 0, "time before an answer")
	flag.StringVar(&o.Key, "key", "", "key to demand of every call")
	flag.IntVar(&m.Requests, "requests", 0, "requests a minute")
	flag.IntVar(&m.Tokens, "tokens", 0, "tokens a minute")
	flag.IntVar(&m.Concurrency, "concurrency", 0, "calls in flight")
	flag.StringVar(&f.Pause, "retry-after", "", "Retry-After of refusals")
	for name, share := range map[string]*float64{
		"rate": &f.Rate, "server": &f.Server, "drop": &f.Drop, "hang": &f.Hang, "cut": &f.Cut, "slow": &f.Slow, "json": &f.JSON,
	} {
		flag.Float64Var(share, "fault-"+name, 0, "share of calls with this fault")
	}
	flag.Parse()
	answer := llmtest.BySchema
	if *text != "" {
		answer = llmtest.Text(*text)
	}
	late := func(answer func(*llmtest.Call) llmtest.Reply) func(*llmtest.Call) llmtest.Reply {
		return f.Wrap(func(c *llmtest.Call) llmtest.Reply {
			r := answer(c)
			r.Latency = *latency
			return r
		})
	}
	o.Answer, o.Embed = late(answer), late(llmtest.ByWords)
	o.Meter, o.Pause = &m, f.Pause
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/v1\n", l.Addr())
	server := &http.Server{Handler: llmtest.NewHandler(o)}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
