package llm

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
)

// Bounds on the pictures of one case.
const (
	mostImages   = 16
	longestImage = 10 << 20 // bytes of one
)

// imageTypes are the media types that endpoints take.
var imageTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// badImage is the detail of a picture that cannot be shown.
const badImage = "image"

// images are the fields of in that name pictures.
func (r *reader) images() []int {
	var out []int
	in := r.Config.In()
	for _, name := range r.c.Images {
		i := in.Index(name.Value)
		if i < 0 {
			r.Fail(name.Pos, "images: in has no field %q%s", name.Value, field.Suggest(name.Value, in.Names()))
			continue
		}
		t := in.Fields()[i].Type
		if t.Kind != flow.String && !(t.Kind == flow.List && t.Elem != nil && t.Elem.Kind == flow.String) {
			r.Fail(name.Pos, "images: %q is %s, want a string or a list of them: the file or the address of a picture", name.Value, t)
		}
		out = append(out, i)
	}
	if len(out) == 0 && r.c.ImageURLs {
		r.Fail(r.c.Prompt.Pos, "image_urls belongs to images")
	}
	return out
}

// pictures are the addresses under which a case's pictures are shown.
func (s *Step) pictures(in flow.Input) ([]string, error) {
	var out []string
	for _, i := range s.images {
		values, many := in.Values[i].([]any)
		if !many {
			values = []any{in.Values[i]}
		}
		for _, v := range values {
			name, ok := v.(string)
			if !ok || name == "" {
				continue
			}
			at, err := s.picture(name)
			if err != nil {
				return nil, &flow.StepError{Class: flow.ErrRejected, Detail: badImage, Err: fmt.Errorf("%s: %w", in.Schema.Fields()[i].Name, err)}
			}
			if out = append(out, at); len(out) > mostImages {
				return nil, &flow.StepError{Class: flow.ErrRejected, Detail: badImage, Err: fmt.Errorf("more than %d pictures", mostImages)}
			}
		}
	}
	return out, nil
}

// picture is the address of one: its own where the endpoint is to fetch it,
// else its content. The text of a case decides which file is read, so that
// none outside of the dataset's folder is. Errors do not repeat it: it may be
// personal.
func (s *Step) picture(name string) (string, error) {
	if u, err := url.Parse(name); err == nil && u.Scheme != "" {
		switch {
		case u.Scheme != "https" || u.Host == "" || u.User != nil:
			return "", errors.New("want a file below the dataset's folder, or an address with https")
		case !s.imageURLs:
			return "", errors.New("an address, which image_urls does not allow")
		}
		return name, nil
	}
	if s.Session.Data == "" {
		return "", errors.New("a file, and nobody says in which folder")
	}
	content, err := readBelow(s.Session.Data, filepath.FromSlash(name))
	if err != nil {
		return "", err
	}
	if len(content) == 0 {
		return "", errors.New("the file is empty")
	}
	kind := http.DetectContentType(content)
	if !slices.Contains(imageTypes, kind) {
		return "", fmt.Errorf("the file holds %s, want one of %s", kind, strings.Join(imageTypes, ", "))
	}
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(content), nil
}

// readBelow reads a file below a folder; links that lead out are not followed.
func readBelow(folder, name string) ([]byte, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, errors.New("the dataset's folder cannot be opened")
	}
	defer root.Close()
	if info, err := root.Stat(name); err != nil || !info.Mode().IsRegular() {
		return nil, errors.New("no file below the dataset's folder")
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, errors.New("the file cannot be opened")
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, longestImage+1))
	switch {
	case err != nil:
		return nil, errors.New("the file cannot be read")
	case len(content) > longestImage:
		return nil, fmt.Errorf("the file is longer than %d MiB", longestImage>>20)
	}
	return content, nil
}
