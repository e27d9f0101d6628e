// Command picture reads what the demo printed and writes the picture that README shows: the lines that tell its story,
// as an SVG. Ids and times are made equal, so that another run gives the same file. It fails where the demo no longer
// prints what the picture shows.
//
//	scripts/demo.sh | picture >assets/demo.svg
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	lines, err := storyOf(parse(string(raw)))
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, draw(lines))
	return err
}
