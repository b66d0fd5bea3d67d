package schema

// Written is the schema of a file that a command writes, from the struct that it is
// encoded from.
func Written(title string, v any) map[string]any {
	return whole(title, "written", object{"written": structure(v)})
}
