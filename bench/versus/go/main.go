// Go: goroutines and channels on the machine's processors.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The sizes of all programs, in every language the same (see ../../README.md).
const (
	fibN          = 27
	fibCalls      = 635621
	fibAnswer     = 196418
	skynetLeaves  = 1000000
	queensN       = 11
	queensAnswer  = 2680
	awaitN        = 1000000
	spawnN        = 300000
	yieldN        = 300000
	timerN        = 200000
	postN         = 300000
	sleepingN     = 100000
	queueN        = 1000000
	queueCapacity = 1024
	submitN       = 300000
	tripsN        = 30000
	lockN         = 2000000
)

func sayNs(bench string, elapsed time.Duration, operations float64) {
	fmt.Printf("{\"bench\":\"%s\",\"peer\":\"Go\",\"ns_per_op\":%.3f}\n", bench, float64(elapsed.Nanoseconds())/operations)
}

func must(right bool, what string) {
	if !right {
		fmt.Fprintln(os.Stderr, "wrong answer:", what)
		os.Exit(3)
	}
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	c := make(chan int, 1)
	go func() { c <- fib(n - 1) }()
	b := fib(n - 2)
	return <-c + b
}

func skynet(out chan int, base int, leaves int) {
	if leaves == 1 {
		out <- base
		return
	}
	sums := make(chan int, 10)
	for i := 0; i < 10; i++ {
		go skynet(sums, base+i*leaves/10, leaves/10)
	}
	sum := 0
	for i := 0; i < 10; i++ {
		sum += <-sums
	}
	out <- sum
}

func queens(columns [16]int8, row int) int {
	if row == queensN {
		return 1
	}
	found := make(chan int, queensN)
	started := 0
next:
	for c := 0; c < queensN; c++ {
		for i := 0; i < row; i++ {
			d := int(columns[i]) - c
			if d == 0 || d == row-i || d == i-row {
				continue next
			}
		}
		child := columns
		child[row] = int8(c)
		started++
		go func() { found <- queens(child, row+1) }()
	}
	sum := 0
	for i := 0; i < started; i++ {
		sum += <-found
	}
	return sum
}

func spawnAwait() {
	start := time.Now()
	sum := 0
	for i := 0; i < spawnN; i++ {
		c := make(chan int)
		go func() { c <- 1 }()
		sum += <-c
	}
	must(sum == spawnN, "spawn")
	sayNs("spawn_await", time.Since(start), spawnN)
}

func yield() {
	start := time.Now()
	for i := 0; i < yieldN; i++ {
		runtime.Gosched()
	}
	sayNs("yield", time.Since(start), yieldN)
}

func timerCancel() {
	timers := make([]*time.Timer, timerN)
	start := time.Now()
	for i := range timers {
		timers[i] = time.AfterFunc(time.Minute+time.Duration(i)*time.Microsecond, func() {})
	}
	for _, t := range timers {
		must(t.Stop(), "timer_cancel")
	}
	sayNs("timer_cancel", time.Since(start), timerN)
}

func timerFire() {
	var left sync.WaitGroup
	left.Add(timerN)
	start := time.Now()
	for i := 0; i < timerN; i++ {
		time.AfterFunc(time.Duration(i*10), left.Done)
	}
	left.Wait()
	sayNs("timer_fire", time.Since(start), timerN)
}

func sleepTask() {
	var left sync.WaitGroup
	left.Add(timerN)
	start := time.Now()
	for i := 0; i < timerN; i++ {
		go func(d time.Duration) {
			time.Sleep(time.Until(start.Add(d)))
			left.Done()
		}(time.Duration(i * 10))
	}
	left.Wait()
	sayNs("sleep_task", time.Since(start), timerN)
}

func post() {
	posts := make(chan func(), 1024)
	done := make(chan int)
	sum := 0
	go func() {
		for f := range posts {
			f()
		}
		done <- sum
	}()
	start := time.Now()
	for i := 0; i < postN; i++ {
		posts <- func() { sum++ }
	}
	close(posts)
	must(<-done == postN, "post")
	sayNs("post", time.Since(start), postN)
}

func resident() int {
	text, _ := os.ReadFile("/proc/self/statm")
	pages, _ := strconv.Atoi(strings.Fields(string(text))[1])
	return pages * 4096
}

func sleeping() {
	before := resident()
	var running int64
	for i := 0; i < sleepingN; i++ {
		go func() {
			atomic.AddInt64(&running, 1)
			time.Sleep(10 * time.Minute)
		}()
	}
	for atomic.LoadInt64(&running) < sleepingN {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond)
	fmt.Printf("{\"bench\":\"sleeping_bytes\",\"peer\":\"Go\",\"bytes_per_op\":%.1f}\n", float64(resident()-before)/sleepingN)
}

func queue(name string, sides int) {
	q := make(chan int, queueCapacity)
	start := time.Now()
	for p := 0; p < sides; p++ {
		go func() {
			for i := 0; i < queueN/sides; i++ {
				q <- i
			}
		}()
	}
	var consumers sync.WaitGroup
	for c := 0; c < sides; c++ {
		consumers.Add(1)
		go func() {
			defer consumers.Done()
			for i := 0; i < queueN/sides; i++ {
				<-q
			}
		}()
	}
	consumers.Wait()
	must(len(q) == 0, "queue")
	sayNs(name, time.Since(start), queueN)
}

// A goroutine and a channel for its answer: what Go has for handing a call over.
func poolSubmit() {
	answers := make([]chan int, submitN)
	start := time.Now()
	for i := range answers {
		answer := make(chan int, 1)
		answers[i] = answer
		i := i
		go func() { answer <- i }()
	}
	sum := 0
	for _, a := range answers {
		sum += <-a
	}
	must(sum == submitN*(submitN-1)/2, "submit")
	sayNs("pool_submit", time.Since(start), submitN)
}

func poolRoundTrip() {
	start := time.Now()
	for i := 0; i < tripsN; i++ {
		answer := make(chan int, 1)
		i := i
		go func() { answer <- i }()
		must(<-answer == i, "round trip")
	}
	sayNs("pool_round_trip", time.Since(start), tripsN)
}

func lockedBy(name string, goroutines int) {
	var m sync.Mutex
	sum := 0
	each := lockN / goroutines
	work := func() {
		for i := 0; i < each; i++ {
			m.Lock()
			sum++
			m.Unlock()
		}
	}
	start := time.Now()
	var others sync.WaitGroup
	for g := 1; g < goroutines; g++ {
		others.Add(1)
		go func() { defer others.Done(); work() }()
	}
	work()
	others.Wait()
	must(sum == each*goroutines, "lock")
	sayNs(name, time.Since(start), float64(each*goroutines))
}

func echoServer() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		os.Exit(3)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			data := make([]byte, 4096)
			for {
				n, err := c.Read(data)
				if err == io.EOF || err != nil {
					return
				}
				if _, err := c.Write(data[:n]); err != nil {
					return
				}
			}
		}()
	}
}

func main() {
	what := ""
	if len(os.Args) > 1 {
		what = os.Args[1]
	}
	runtime.GOMAXPROCS(2)
	switch what {
	case "fib":
		start := time.Now()
		must(fib(fibN) == fibAnswer, "fib")
		sayNs("fib", time.Since(start), fibCalls)
	case "skynet":
		start := time.Now()
		out := make(chan int, 1)
		skynet(out, 0, skynetLeaves)
		must(<-out == skynetLeaves*(skynetLeaves-1)/2, "skynet")
		sayNs("skynet", time.Since(start), skynetLeaves)
	case "nqueens":
		start := time.Now()
		must(queens([16]int8{}, 0) == queensAnswer, "nqueens")
		sayNs("nqueens", time.Since(start), 1)
	case "spawn_await":
		spawnAwait()
	case "yield":
		yield()
	case "timer_cancel":
		timerCancel()
	case "timer_fire":
		timerFire()
	case "sleep_task":
		sleepTask()
	case "post":
		post()
	case "sleeping_bytes":
		sleeping()
	case "queue_1p1c":
		queue(what, 1)
	case "queue_2p2c":
		queue(what, 2)
	case "pool_submit":
		poolSubmit()
	case "pool_round_trip":
		poolRoundTrip()
	case "lock_alone":
		lockedBy(what, 1)
	case "lock_2":
		lockedBy(what, 2)
	case "lock_8":
		lockedBy(what, 8)
	case "echo-server":
		echoServer()
	default:
		os.Exit(2)
	}
}
