package page

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// browser is a headless Chromium that is spoken to through a pipe, in its DevTools protocol. The few calls that are
// needed are not worth a library that takes longer to compile than the tests take to run.
type browser struct {
	t       *testing.T
	to      io.Writer
	session string

	mu      sync.Mutex
	last    int
	waiting map[int]chan answer
	events  []event // that have come so far
}

type answer struct {
	ID     int             `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *struct{ Message string }
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

type event struct {
	method string
	params json.RawMessage
}

// patience is for a machine that does many other things.
const patience = 60 * time.Second

// open starts a browser with an empty page. It ends with the test.
func open(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: install it (apt-get install chromium), or run `make test`, which does")
	}
	profile, err := os.MkdirTemp("", "fleetdrill-browser-") // not the test's: what a dying browser still writes is no failure
	must(t, err)
	theirIn, ourOut, err := os.Pipe()
	must(t, err)
	ourIn, theirOut, err := os.Pipe()
	must(t, err)
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--user-data-dir="+profile, "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(t, cmd.Start())
	theirIn.Close()
	theirOut.Close()
	b := &browser{t: t, to: ourOut, waiting: map[int]chan answer{}}
	var reading sync.WaitGroup
	reading.Go(func() { b.read(ourIn) })
	t.Cleanup(func() {
		ourOut.Close() // it ends by itself when nobody speaks to it
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
		reading.Wait()
		ourIn.Close()
		os.RemoveAll(profile)
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Runtime", "Log", "Page", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

func (b *browser) read(from io.Reader) {
	for r := bufio.NewReader(from); ; {
		text, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var a answer
		if json.Unmarshal(text[:len(text)-1], &a) != nil {
			continue
		}
		b.mu.Lock()
		if c := b.waiting[a.ID]; c != nil {
			delete(b.waiting, a.ID)
			c <- a
		} else if a.Method != "" {
			b.events = append(b.events, event{a.Method, a.Params})
		}
		b.mu.Unlock()
	}
}

// call calls a method and waits for its result.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	b.mu.Lock()
	b.last++
	done := make(chan answer, 1)
	b.waiting[b.last] = done
	message := map[string]any{"id": b.last, "method": method}
	b.mu.Unlock()
	if params != nil {
		message["params"] = params
	}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	text, err := json.Marshal(message)
	must(b.t, err)
	_, err = b.to.Write(append(text, 0))
	must(b.t, err)
	select {
	case a := <-done:
		if a.Error != nil {
			b.t.Fatalf("%s: %s", method, a.Error.Message)
		}
		if result != nil {
			must(b.t, json.Unmarshal(a.Result, result))
		}
	case <-time.After(patience):
		b.t.Fatalf("%s: chromium did not answer within %v", method, patience)
	}
}

// visit opens a file and returns once it and its scripts are there.
func (b *browser) visit(file string) {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": "file://" + file}, nil)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		b.mu.Lock()
		loaded := slices.ContainsFunc(b.events, func(e event) bool { return e.method == "Page.loadEventFired" })
		b.mu.Unlock()
		if loaded {
			return
		}
	}
	b.t.Fatalf("%s is not loaded after %v", file, patience)
}

// eval runs a script in the page and reads its value, after its promise if it is one.
func (b *browser) eval(script string, value any) {
	b.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	b.call("Runtime.evaluate", map[string]any{"expression": script, "returnByValue": true, "awaitPromise": true}, &r)
	if r.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", script, r.ExceptionDetails.Exception.Description)
	}
	if value != nil {
		must(b.t, json.Unmarshal(r.Result.Value, value))
	}
}

// press presses a key as a person does.
func (b *browser) press(key string) {
	b.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		params := map[string]any{"type": kind, "key": key}
		if kind == "keyDown" && len(key) == 1 {
			params["text"] = key
		}
		b.call("Input.dispatchKeyEvent", params, nil)
	}
}

// complaints are errors and warnings on the console so far, and requests for anything that is not in the file.
func (b *browser) complaints() (list []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events {
		var p struct {
			Type    string
			Entry   struct{ Level, Text string }
			Request struct{ URL string }
		}
		json.Unmarshal(e.params, &p)
		switch {
		case e.method == "Runtime.exceptionThrown", e.method == "Runtime.consoleAPICalled" && (p.Type == "error" || p.Type == "warning"):
			list = append(list, string(e.params))
		case e.method == "Log.entryAdded" && p.Entry.Level == "error":
			list = append(list, p.Entry.Text)
		case e.method == "Network.requestWillBeSent" && !local(p.Request.URL):
			list = append(list, "it asked for "+p.Request.URL)
		}
	}
	return list
}

func local(url string) bool {
	return len(url) > 5 && (url[:5] == "file:" || url[:5] == "data:" || url[:6] == "about:")
}
