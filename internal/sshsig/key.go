package sshsig

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// Key is the signer that a key file names: a private key, or a public key whose
// private one an ssh-agent holds. A private key with a passphrase is asked of
// the agent as well. close lets go of the agent.
func Key(name string) (signer ssh.Signer, close func() error, err error) {
	none := func() error { return nil }
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, none, err
	}
	if public, _, _, _, err := ssh.ParseAuthorizedKey(data); err == nil {
		return fromAgent(name, public)
	}
	signer, err = ssh.ParsePrivateKey(data)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		public := locked.PublicKey
		if public == nil {
			if data, err := os.ReadFile(name + ".pub"); err == nil {
				public, _, _, _, _ = ssh.ParseAuthorizedKey(data)
			}
		}
		if public == nil {
			return nil, none, fmt.Errorf("%s has a passphrase, and no %s.pub beside it says which key of an ssh-agent it is", name, name)
		}
		return fromAgent(name, public)
	case err != nil:
		return nil, none, fmt.Errorf("%s is no SSH key: %w", name, err)
	}
	return signer, none, nil
}

// fromAgent is the signer of a public key that an agent holds the private one
// of.
func fromAgent(name string, public ssh.PublicKey) (ssh.Signer, func() error, error) {
	none := func() error { return nil }
	socket := os.Getenv("SSH_AUTH_SOCK")
	if socket == "" {
		return nil, none, fmt.Errorf("%s needs an ssh-agent that holds its key, and SSH_AUTH_SOCK names none: start one and run ssh-add", name)
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return nil, none, fmt.Errorf("the ssh-agent: %w", err)
	}
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		return nil, none, errors.Join(fmt.Errorf("the ssh-agent: %w", err), conn.Close())
	}
	for _, s := range signers {
		if bytes.Equal(s.PublicKey().Marshal(), public.Marshal()) {
			return s, conn.Close, nil
		}
	}
	return nil, none, errors.Join(fmt.Errorf("the ssh-agent does not hold the key of %s: run ssh-add", name), conn.Close())
}
