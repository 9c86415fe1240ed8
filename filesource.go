package onebot

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/onebot-go/onebot/internal/cqcode"
	"github.com/onebot-go/onebot/internal/wire"
)

// maxFile is the largest file that is put into a message: 100 MiB, before base64 makes a third more of it.
const maxFile = 100 << 20

type fileKind uint8

const (
	noFile fileKind = iota
	fileURL
	filePath
	fileBytes
	fileOpen
)

// FileSource says where the content of a media segment to be sent comes from. Make one with FileURL, FilePath, FileBytes or
// FileOpen; the zero value means that there is none. One file may have 100 MiB, more is ErrInvalidArgument when sent; so is a
// file that is empty or cannot be read. A FileSource may be sent any number of times.
type FileSource struct {
	text string // the URL or the path
	data *[]byte
	open *func() (io.ReadCloser, error)
	kind fileKind
}

// FileURL is a file that the server fetches: an http(s) URL, file:// for a file on the server's disk, or base64:// with the
// content itself. It is sent as it is. Lagrange accepts nothing but these three.
func FileURL(url string) FileSource { return FileSource{kind: fileURL, text: url} }

// FilePath is a file of this machine. It is read at each send and sent as base64, so that the server needs no access to it.
func FilePath(path string) FileSource { return FileSource{kind: filePath, text: path} }

// FileBytes is a file in memory, sent as base64. The bytes are not copied and must not change.
func FileBytes(data []byte) FileSource { return FileSource{kind: fileBytes, data: &data} }

// FileOpen is a file that open gives anew at each send; it is read to its end, closed, and sent as base64. Opening and reading end
// with the context of the call, as ErrNotSent; WithCallTimeout begins afterwards. A goroutine that is then inside open or Read
// stays there until that returns, and closes the file.
func FileOpen(open func() (io.ReadCloser, error)) FileSource {
	return FileSource{kind: fileOpen, open: &open}
}

// String tells what kind of source f is, without its content and without the query of a URL, which may hold a secret.
func (f FileSource) String() string {
	switch f.kind {
	case fileURL:
		if rest, ok := strings.CutPrefix(f.text, "base64://"); ok {
			return fmt.Sprintf("base64 (%d bytes)", base64.StdEncoding.DecodedLen(len(rest)))
		}
		url, _, _ := strings.Cut(f.text, "?")
		return "url " + url
	case filePath:
		return "path " + f.text
	case fileBytes:
		return fmt.Sprintf("bytes (%d)", len(*f.data))
	case fileOpen:
		return "reader"
	}
	return "no file"
}

// appendJSON appends the body of a JSON string with what the server is to read. ctx may be nil. After an error dst must not be
// used: a goroutine may still write there.
func (f FileSource) appendJSON(ctx context.Context, dst []byte) ([]byte, error) {
	switch f.kind {
	case fileURL:
		if f.text == "" {
			return dst, errEmptyURL()
		}
		return wire.AppendStringBody(dst, f.text), nil
	case filePath:
		return f.appendPath(dst)
	case fileBytes:
		return appendBytes(dst, *f.data)
	case fileOpen:
		return f.appendOpened(ctx, dst)
	}
	return dst, fmt.Errorf("no file: %w", ErrInvalidArgument)
}

// appendCQ appends the value of a parameter, for a source that is inText: the others would have to be opened, and writing a CQ string
// reads no file.
func (f FileSource) appendCQ(dst []byte) ([]byte, error) {
	if f.kind == fileBytes {
		return appendBytes(dst, *f.data)
	}
	if f.text == "" {
		return dst, errEmptyURL()
	}
	return cqcode.AppendParam(dst, f.text), nil
}

// inText tells whether a CQ string can carry f.
func (f FileSource) inText() bool { return f.kind == fileURL || f.kind == fileBytes }

func appendBytes(dst, data []byte) ([]byte, error) {
	switch {
	case len(data) == 0:
		return dst, errEmptyFile()
	case len(data) > maxFile:
		return dst, errLargeFile()
	}
	dst = append(dst, "base64://"...)
	return base64.StdEncoding.AppendEncode(dst, data), nil
}

func (f FileSource) appendPath(dst []byte) ([]byte, error) {
	info, err := os.Stat(f.text)
	if err != nil {
		return dst, fmt.Errorf("%w: %w", ErrInvalidArgument, err)
	}
	// Opening a named pipe would wait for its writer, and a device may never end.
	if !info.Mode().IsRegular() {
		return dst, fmt.Errorf("%s is no regular file: %w", f.text, ErrInvalidArgument)
	}
	if info.Size() > maxFile {
		return dst, errLargeFile()
	}
	file, err := os.Open(f.text)
	if err != nil {
		return dst, fmt.Errorf("%w: %w", ErrInvalidArgument, err)
	}
	defer file.Close() //nolint:errcheck // nothing was written to it
	dst = slices.Grow(dst, base64.StdEncoding.EncodedLen(int(info.Size()))+len("base64://"))
	return appendReader(dst, file)
}

// appendOpened does not wait longer than ctx lets it for a function and a reader that know nothing of it.
func (f FileSource) appendOpened(ctx context.Context, dst []byte) ([]byte, error) {
	switch {
	case *f.open == nil:
		return dst, fmt.Errorf("no function that opens the file: %w", ErrInvalidArgument)
	case ctx == nil || ctx.Done() == nil:
		return openAndAppend(dst, *f.open, never)
	case ctx.Err() != nil:
		return dst, errStillReading(ctx)
	}
	type result struct {
		dst      []byte
		err      error
		panicked any
	}
	done := make(chan result, 1)
	go func() {
		// The error is for an end by runtime.Goexit, as a failing test does it.
		r := result{err: fmt.Errorf("reading the file ended its goroutine: %w", ErrInvalidArgument)}
		defer func() {
			r.panicked = recover()
			done <- r
		}()
		r.dst, r.err = openAndAppend(dst, *f.open, ctx.Err)
	}()
	select {
	case r := <-done:
		if r.panicked != nil {
			panic(r.panicked) //nolint:forbidigo // the reader's own, as it would be without the goroutine
		}
		// The end of ctx, which the reader may have seen first, says nothing against the file.
		if r.err != nil && ctx.Err() != nil {
			return nil, errStillReading(ctx)
		}
		return r.dst, r.err
	case <-ctx.Done():
		return nil, errStillReading(ctx) // dst is the goroutine's
	}
}

func errStillReading(ctx context.Context) error {
	return fmt.Errorf("the file is not read to its end: %w", ctx.Err())
}

// never is the error of a context that does not end.
func never() error { return nil }

// openAndAppend asks ended before each Read.
func openAndAppend(dst []byte, open func() (io.ReadCloser, error), ended func() error) ([]byte, error) {
	r, err := open()
	if r != nil {
		defer r.Close() //nolint:errcheck // nothing was written to it
	}
	switch {
	case err != nil:
		return dst, fmt.Errorf("%w: %w", ErrInvalidArgument, err)
	case r == nil:
		return dst, fmt.Errorf("the file was opened as nil: %w", ErrInvalidArgument)
	}
	return appendReader(dst, readerFunc(func(p []byte) (int, error) {
		if err := ended(); err != nil {
			return 0, err
		}
		return r.Read(p)
	}))
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// appendReader encodes while it reads, so that the content is in memory once.
func appendReader(dst []byte, r io.Reader) ([]byte, error) {
	dst = append(dst, "base64://"...)
	chunk := make([]byte, 12<<10) // divisible by three: no padding inside
	total := 0
	for {
		n, err := io.ReadFull(r, chunk)
		if total += n; total > maxFile {
			return dst, errLargeFile()
		}
		dst = base64.StdEncoding.AppendEncode(dst, chunk[:n])
		switch {
		case err == nil:
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			if total == 0 {
				return dst, errEmptyFile()
			}
			return dst, nil
		default:
			return dst, fmt.Errorf("%w: %w", ErrInvalidArgument, err)
		}
	}
}

func errEmptyURL() error { return fmt.Errorf("empty url: %w", ErrInvalidArgument) }

func errEmptyFile() error { return fmt.Errorf("the file is empty: %w", ErrInvalidArgument) }

func errLargeFile() error {
	return fmt.Errorf("the file is larger than %d MiB: %w", maxFile>>20, ErrInvalidArgument)
}
