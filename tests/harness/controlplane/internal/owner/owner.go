// Package owner binds a process to the one that started it, on every platform and
// without a window in which a killed starter leaves it behind.
package owner

import "os"

// Variable says, when it is set, that standard input is a pipe held open by the owner.
const Variable = "CLUSTER_OWNED"

// Follow ends this process when its owner ends. One byte on standard input sets it free.
func Follow() {
	if os.Getenv(Variable) == "" {
		return
	}
	go func() {
		if _, err := os.Stdin.Read(make([]byte, 1)); err != nil {
			os.Exit(1)
		}
	}()
}
