// Answers a text, out of a model that was compiled into a library.
//
//	lfm2-compile MODEL --emit=static -o model
//	go build -o answer main.go lfm2.go
//	./answer model.weights "What is a river?"
//
// model.a and model.h lie beside these two files.
package main

import (
	"fmt"
	"os"
)

const mostTokens = 100

func answer(weights, text string) error {
	var model Model
	defer model.Close()
	if err := model.Open(weights, 512, 2); err != nil {
		return err
	}
	ids, err := model.Tokens([]Message{{"user", text}})
	if err != nil {
		return err
	}
	for i := 0; i < mostTokens; i++ {
		if err := model.Read(ids); err != nil {
			return err
		}
		token, more := model.Next()
		if !more {
			break
		}
		if _, err := os.Stdout.Write(model.Text(token)); err != nil {
			return err
		}
		ids = []int32{token}
	}
	fmt.Println()
	return nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: answer FILE.weights TEXT")
		os.Exit(2)
	}
	if err := answer(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "answer:", err)
		os.Exit(1)
	}
}
