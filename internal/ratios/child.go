package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// The other side of every connection is a process of its own, or its work would be counted as the client's. It is this same
// program, started in a role. It listens on the loopback only, and ends when its standard input does: no end of the parent, however
// sudden, leaves one behind.

const roleFlag = "-role="

// child is a process in a role.
type child struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner
	addr  string // where it listens
}

func startChild(role string) *child {
	self, err := os.Executable()
	if err != nil {
		fail(err)
	}
	c := &child{cmd: exec.Command(self, roleFlag+role)} //nolint:gosec,noctx // this program; it ends with its input
	c.cmd.Stderr = os.Stderr
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		fail(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		fail(err)
	}
	if err := c.cmd.Start(); err != nil {
		fail(err)
	}
	c.lines = bufio.NewScanner(out)
	c.addr = c.line()
	return c
}

// line reads what the child says next.
func (c *child) line() string {
	if !c.lines.Scan() {
		fail(fmt.Errorf("the other process has ended: %w", io.ErrUnexpectedEOF))
	}
	return c.lines.Text()
}

// ask sends a command and reads the answer.
func (c *child) ask(command string) string {
	if _, err := io.WriteString(c.stdin, command+"\n"); err != nil {
		fail(err)
	}
	return c.line()
}

func (c *child) stop() {
	_ = c.stdin.Close()
	_ = c.cmd.Wait() // how it ended is of no interest any more
}

// playRole is the whole life of a child: it does what its role says and answers commands until its input ends.
func playRole(role string) {
	commands := bufio.NewScanner(os.Stdin)
	answer := func(string) string { return "" }
	var addr string
	switch kind, what, _ := strings.Cut(role, ":"); kind {
	case "server":
		addr = serve(newServerMux())
	case "hold":
		addr, answer = hold(what)
	default:
		fail(fmt.Errorf("role %q: %w", role, os.ErrInvalid))
	}
	fmt.Println(addr)
	for commands.Scan() {
		fmt.Println(answer(commands.Text()))
	}
}
