package sshsig

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

const space = "rehearse"

// keys are one private key of every common type.
func keys(t *testing.T) map[string]any {
	t.Helper()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"ed25519": ed, "ecdsa": ec, "rsa": rs}
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// keyFile is a private key as ssh-keygen writes it.
func keyFile(t *testing.T, key any, passphrase string) string {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "id", pem.EncodeToMemory(block))
}

func TestSignAndVerify(t *testing.T) {
	message := []byte("format_version: 1\n")
	for name, private := range keys(t) {
		t.Run(name, func(t *testing.T) {
			key, done, err := Key(keyFile(t, private, ""))
			if err != nil {
				t.Fatal(err)
			}
			defer done()
			sig, err := Sign(key, space, message)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Verify(sig, space, message)
			if err != nil || !bytes.Equal(got.Marshal(), key.PublicKey().Marshal()) {
				t.Fatalf("%v, key %v", err, got)
			}
			if _, err := Verify(sig, "file", message); err == nil || !strings.Contains(err.Error(), `want "file"`) {
				t.Errorf("for something else: %v", err)
			}
			for i := range message {
				bad := bytes.Clone(message)
				bad[i] ^= 1
				if _, err := Verify(sig, space, bad); err == nil {
					t.Errorf("byte %d changed, and the signature holds", i)
				}
			}
			block, _ := pem.Decode(sig)
			for i := range block.Bytes {
				bad := bytes.Clone(block.Bytes)
				bad[i] ^= 1
				if key, err := Verify(pem.EncodeToMemory(&pem.Block{Type: armour, Bytes: bad}), space, message); err == nil && bytes.Equal(key.Marshal(), got.Marshal()) {
					t.Errorf("byte %d of the signature changed, and it holds", i)
				}
			}
		})
	}
}

// TestStockTools has ssh-keygen check what this package signed, and this
// package what ssh-keygen signed.
func TestStockTools(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("there is no ssh-keygen here")
	}
	message := []byte("design: rules\n")
	for name, private := range keys(t) {
		t.Run(name, func(t *testing.T) {
			file := keyFile(t, private, "")
			key, done, err := Key(file)
			if err != nil {
				t.Fatal(err)
			}
			defer done()
			sig, err := Sign(key, space, message)
			if err != nil {
				t.Fatal(err)
			}
			line := "ada@example.org namespaces=\"" + space + "\" " + string(ssh.MarshalAuthorizedKey(key.PublicKey()))
			signers := write(t, "allowed_signers", []byte(line))
			check := exec.Command("ssh-keygen", "-Y", "verify", "-f", signers, "-I", "ada@example.org", "-n", space, "-s", write(t, "sig", sig))
			check.Stdin = bytes.NewReader(message)
			if out, err := check.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			theirs := exec.Command("ssh-keygen", "-Y", "sign", "-f", file, "-n", space)
			theirs.Stdin = bytes.NewReader(message)
			out, err := theirs.Output()
			if err != nil {
				t.Fatal(err)
			}
			got, err := Verify(out, space, message)
			if err != nil {
				t.Fatal(err)
			}
			list, err := ParseAllowedSigners(signers, []byte(line))
			if err != nil {
				t.Fatal(err)
			}
			if who, ok := list.Who(got, space, time.Now()); !ok || who != "ada@example.org" {
				t.Errorf("signed by %q, %v", who, ok)
			}
		})
	}
}

// TestAgent signs with keys that an agent holds: named by the public key, and
// by a private one with a passphrase.
func TestAgent(t *testing.T) {
	private := keys(t)["ed25519"].(ed25519.PrivateKey)
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	public := write(t, "id.pub", ssh.MarshalAuthorizedKey(signer.PublicKey()))
	locked := keyFile(t, private, "secret")
	t.Setenv("SSH_AUTH_SOCK", "")
	for _, name := range []string{public, locked} {
		if _, _, err := Key(name); err == nil || !strings.Contains(err.Error(), "SSH_AUTH_SOCK") {
			t.Errorf("without an agent: %v", err)
		}
	}
	ring := agent.NewKeyring()
	socket := filepath.Join(t.TempDir(), "agent")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Skip("no unix sockets here: ", err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, conn) }()
		}
	}()
	t.Setenv("SSH_AUTH_SOCK", socket)
	if _, _, err := Key(public); err == nil || !strings.Contains(err.Error(), "does not hold the key") {
		t.Errorf("an agent without keys: %v", err)
	}
	if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{public, locked} {
		key, done, err := Key(name)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := Sign(key, space, []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(sig, space, []byte("x")); err != nil {
			t.Error(err)
		}
		if err := done(); err != nil {
			t.Error(err)
		}
	}
}

func TestAllowedSigners(t *testing.T) {
	signer, err := ssh.NewSignerFromKey(keys(t)["ed25519"])
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
	at := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct{ why, file, who, err string }{
		{"plain", "ada " + key, "ada", ""},
		{"with comments and blank lines", "# us\n\nada,bob " + key + " laptop\n", "ada", ""},
		{"for this", `ada namespaces="git,re*" ` + key, "ada", ""},
		{"for something else", `ada namespaces="git" ` + key, "", ""},
		{"in time", `ada valid-after="20260101Z",valid-before="202612312359Z" ` + key, "ada", ""},
		{"not any more", `ada valid-before="20260101000000Z" ` + key, "", ""},
		{"not yet", `ada valid-after="20270101" ` + key, "", ""},
		{"nobody", "", "", ""},
		{"no time", `ada valid-after="soon" ` + key, "", `signers:1:1: "soon" is no time`},
		{"an authority", "\nada cert-authority " + key, "", `signers:2:1: option "cert-authority" is not supported`},
		{"no key", "ada", "", "signers:1:1: no key"},
		{"a broken key", "ada ssh-ed25519 AAAA", "", "signers:1:1: no key that can be read"},
	} {
		list, err := ParseAllowedSigners("signers", []byte(tt.file))
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: error %v, want %q", tt.why, err, tt.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.why, err)
		}
		if who, ok := list.Who(signer.PublicKey(), space, at); who != tt.who || ok != (tt.who != "") {
			t.Errorf("%s: %q, %v, want %q", tt.why, who, ok, tt.who)
		}
	}
}

func TestNoKey(t *testing.T) {
	if _, _, err := Key(write(t, "id", []byte("nonsense"))); err == nil || !strings.Contains(err.Error(), "is no SSH key") {
		t.Errorf("error %v", err)
	}
	if _, _, err := Key(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there is a key")
	}
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte("-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := Verify(data, space, []byte("message")); err == nil {
			t.Errorf("%q is a signature", data)
		}
	})
}

func FuzzAllowedSigners(f *testing.F) {
	f.Add([]byte("ada namespaces=\"x\" ssh-ed25519 AAAA"))
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = ParseAllowedSigners("signers", data) })
}
