package promote

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/ssh"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/sshsig"
)

// Namespace is what signatures of a production.yaml are for, as ssh-keygen -n
// takes it.
const Namespace = "rehearse-production"

// signaturePath is where the signature of a production.yaml is kept.
func signaturePath(dir string, data []byte) string {
	return filepath.Join(dir, signaturesName, sum(data)+".sig")
}

// sign keeps a signature of a production.yaml, by its digest.
func sign(dir string, data []byte, key ssh.Signer) error {
	sig, err := sshsig.Sign(key, Namespace, data)
	if err != nil {
		return err
	}
	path := signaturePath(dir, data)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := record.WriteFile(path, sig); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// Signature is the path of the signature of what is in production, and the key
// that made it; the key is nil where there is none.
func Signature(dir string) (path string, key ssh.PublicKey, err error) {
	data, err := regular.Read(filepath.Join(dir, configName))
	if err != nil {
		return "", nil, err
	}
	path = signaturePath(dir, data)
	sig, err := regular.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil, nil
	}
	if err != nil {
		return path, nil, err
	}
	key, err = sshsig.Verify(sig, Namespace, data)
	return path, key, err
}

// checkSignature checks the signature of a config that says who signed it.
func checkSignature(dir, config string, p *Production, data []byte) diag.List {
	if p == nil || p.Promoted.SignedBy == "" {
		return nil
	}
	var problems diag.List
	at := flow.Pos{File: config, Line: 1, Column: 1}
	path := signaturePath(dir, data)
	sig, err := regular.Read(path)
	if err != nil {
		problems.Add(at, fmt.Sprintf("its signature is missing: there is no %s", path), "")
		return problems
	}
	key, err := sshsig.Verify(sig, Namespace, data)
	switch {
	case err != nil:
		problems.Add(at, fmt.Sprintf("%s: %v", path, err), "")
	case ssh.FingerprintSHA256(key) != p.Promoted.SignedBy:
		problems.Add(at, fmt.Sprintf("%s is by the key %s, and it says %s", path, ssh.FingerprintSHA256(key), p.Promoted.SignedBy), "")
	}
	return problems
}
