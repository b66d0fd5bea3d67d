// Package sshsig signs and checks with SSH keys in the format of
// `ssh-keygen -Y sign`, so that stock tools check what this package signed, and
// the other way round. The format is PROTOCOL.sshsig of OpenSSH.
package sshsig

import (
	"bytes"
	"crypto/rand"
	"crypto/sha512"
	"encoding/pem"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"
)

const (
	magic    = "SSHSIG"
	version  = 1
	hashName = "sha512"
	armour   = "SSH SIGNATURE"
)

// body is what the armour holds, after the magic.
type body struct {
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  string
	Hash      string
	Signature []byte
}

// signed is what the signature is over, after the magic.
type signed struct {
	Namespace string
	Reserved  string
	Hash      string
	Digest    []byte
}

func toSign(namespace string, message []byte) []byte {
	digest := sha512.Sum512(message)
	return append([]byte(magic), ssh.Marshal(signed{Namespace: namespace, Hash: hashName, Digest: digest[:]})...)
}

// Sign signs a message for a namespace, which says what the signature is for:
// one made for something else is refused. RSA keys sign with SHA-512.
func Sign(key ssh.Signer, namespace string, message []byte) ([]byte, error) {
	data := toSign(namespace, message)
	var sig *ssh.Signature
	var err error
	if a, ok := key.(ssh.AlgorithmSigner); ok && key.PublicKey().Type() == ssh.KeyAlgoRSA {
		sig, err = a.SignWithAlgorithm(rand.Reader, data, ssh.KeyAlgoRSASHA512)
	} else {
		sig, err = key.Sign(rand.Reader, data)
	}
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	blob := append([]byte(magic), ssh.Marshal(body{
		Version: version, PublicKey: key.PublicKey().Marshal(), Namespace: namespace, Hash: hashName, Signature: ssh.Marshal(sig),
	})...)
	return pem.EncodeToMemory(&pem.Block{Type: armour, Bytes: blob}), nil
}

// Verify checks a signature of a message and gives the key that made it. Whose
// key that is, is for the caller to ask: see [AllowedSigners].
func Verify(armoured []byte, namespace string, message []byte) (ssh.PublicKey, error) {
	block, rest := pem.Decode(armoured)
	if block == nil || block.Type != armour || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("not an SSH signature")
	}
	if !bytes.Equal(withoutSpace(armoured), withoutSpace(pem.EncodeToMemory(block))) {
		return nil, errors.New("not an SSH signature: its armour was changed")
	}
	blob, ok := bytes.CutPrefix(block.Bytes, []byte(magic))
	if !ok {
		return nil, errors.New("not an SSH signature: it does not begin with " + magic)
	}
	var b body
	if err := ssh.Unmarshal(blob, &b); err != nil {
		return nil, fmt.Errorf("not an SSH signature: %w", err)
	}
	switch {
	case b.Version != version:
		return nil, fmt.Errorf("the signature is of version %d, want %d", b.Version, version)
	case b.Namespace != namespace:
		return nil, fmt.Errorf("the signature is for %q, want %q", b.Namespace, namespace)
	case b.Reserved != "":
		return nil, errors.New("the signature uses a field that is reserved")
	case b.Hash != hashName:
		return nil, fmt.Errorf("the signature is over %q, want %q", b.Hash, hashName)
	}
	key, err := ssh.ParsePublicKey(b.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("the signature's key: %w", err)
	}
	var sig ssh.Signature
	if err := ssh.Unmarshal(b.Signature, &sig); err != nil {
		return nil, fmt.Errorf("not an SSH signature: %w", err)
	}
	if sig.Format == ssh.KeyAlgoRSA {
		return nil, errors.New("the signature is of the old algorithm ssh-rsa, which is not safe")
	}
	if err := key.Verify(toSign(namespace, message), &sig); err != nil {
		return nil, errors.New("the signature is not of this content")
	}
	return key, nil
}

// withoutSpace leaves out what tools differ in: where they break lines.
func withoutSpace(armoured []byte) []byte { return bytes.Join(bytes.Fields(armoured), nil) }
