package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
)

// sameSchema makes sure that the plugin that is said to have the schema of the
// provider's account has it.
func sameSchema(ctx context.Context, b *bench) error {
	w, err := b.open(nothing, 1, b.built)
	if err != nil {
		return err
	}
	defer w.close()
	command := exec.CommandContext(ctx, b.engine, "providers", "schema", "-json")
	command.Dir, command.Env = w.dir, w.env
	var errText bytes.Buffer
	command.Stderr = &errText
	out, err := command.Output()
	if err != nil {
		return fmt.Errorf("providers schema: %w\n%s", err, errText.Bytes())
	}
	var schemas struct {
		Providers map[string]struct {
			Resources map[string]struct {
				Block any `json:"block"`
			} `json:"resource_schemas"`
		} `json:"provider_schemas"`
	}
	if err := json.Unmarshal(out, &schemas); err != nil {
		return err
	}
	blocks := map[string]any{}
	for _, provider := range schemas.Providers {
		for name, resource := range provider.Resources {
			blocks[name] = withoutTexts(resource.Block)
		}
	}
	if !reflect.DeepEqual(blocks["lookalike_credit_account"], blocks["thoughtindustries_credit_account"]) {
		return errors.New("bench/lookalike has not the schema of thoughtindustries_credit_account any more: bring it up to date")
	}
	return nil
}

// withoutTexts drops the descriptions.
func withoutTexts(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, element := range value {
			if _, text := element.(string); text && (name == "description" || name == "description_kind") {
				delete(value, name)
				continue
			}
			value[name] = withoutTexts(element)
		}
	case []any:
		for i := range value {
			value[i] = withoutTexts(value[i])
		}
	}
	return value
}

// profiles leaves profiles of the provider's process, for apply and plan.
func profiles(ctx context.Context, b *bench, folder string) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	find := func(plugin string) string {
		if plugin == "thoughtindustries" {
			return filepath.Join(b.plugins, "profiled")
		}
		return b.built(plugin)
	}
	for _, size := range b.sizes {
		w, err := b.open(ours, size, find)
		if err != nil {
			return err
		}
		for _, step := range []struct {
			name string
			run  func(context.Context) (cost, error)
		}{{"apply", w.apply}, {"plan", w.planNothing}} {
			into := filepath.Join(folder, fmt.Sprintf("%s-%d", step.name, size))
			if err = os.MkdirAll(into, 0o750); err == nil {
				w.env = append(w.env, "PROFILES="+into)
				_, err = step.run(ctx)
			}
			if err != nil {
				w.close()
				return err
			}
			progress("profiles of %s at %d in %s", step.name, size, into)
		}
		w.close()
	}
	return nil
}
