package provider

import (
	"maps"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var validUUID = stringFunc{"a UUID, such as 6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01", checkUUID}

// creditAccountSchema is built once: engines cause it to be asked for with every call.
var creditAccountSchema = sync.OnceValue(func() schema.Schema {
	attributes := sentAccountAttributes()
	maps.Copy(attributes, neverSentAccountAttributes())
	maps.Copy(attributes, returnedAccountAttributes())
	return schema.Schema{
		MarkdownDescription: "A credit account: a client's balance of training credits. One declared account is one " +
			"account: the provider repeats a creation only if it is certain that nothing was created. The API " +
			"cannot change " +
			"an account: see [Changing an account](#changing-an-account). Destroy only removes it from the state.",
		Attributes: attributes,
	}
})

// sentAccountAttributes are what a creation sends. The API may choose the optional ones.
func sentAccountAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"client_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "UUID of the client that the account belongs to. Case does not matter.",
			Validators:          []validator.String{validUUID},
		},
		"name": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Name that the product shows; not empty, with no white space at either end and no " +
				"control characters. Another account of the same client and name is refused unless " +
				"`create_alongside` lists the first. Names that differ only by white space, HTML escapes, " +
				"invisible characters or the form of their accents are the same.",
			Validators: []validator.String{stringFunc{"a name", checkName}},
		},
		"starting_balance": schema.NumberAttribute{
			Required: true,
			MarkdownDescription: "Credits given at creation, 0 or more. Fractions are allowed and sent exactly as " +
				"written.",
			Validators: []validator.Number{validBalance},
		},
		"notify_emails": schema.SetAttribute{
			Required:   true,
			CustomType: newStringSetType(),
			MarkdownDescription: "E-mail addresses that are notified of activity, such as a low balance. May be " +
				"empty. Each has " +
				"exactly one `@` and no white space, comma, semicolon or angle bracket. Order does not matter.",
			Validators: []validator.Set{elements{"an e-mail address", checkEmail}},
		},
		"license_ids": schema.SetAttribute{
			Required:            true,
			CustomType:          newStringSetType(),
			MarkdownDescription: "Ids of the licenses that the credits are for; may be empty. Order does not matter.",
			Validators:          []validator.Set{elements{"a license id", checkNotEmpty}},
		},
		"type": schema.StringAttribute{
			Optional: true,
			Computed: true,
			MarkdownDescription: "Classification: `client` or `company`; other values are sent as they are. When " +
				"not set, the API chooses.",
			Validators: []validator.String{stringFunc{"a type such as client", checkNotEmpty}},
		},
		"batch_days_until_expire": schema.NumberAttribute{
			Optional: true,
			Computed: true,
			MarkdownDescription: "Days until a credit batch expires after it is issued, a whole number from 0 to " +
				"2147483647. When not set, the API chooses.",
			Validators: []validator.Number{wholeNumberFrom(0)},
		},
		"minimum_batch_amount": schema.NumberAttribute{
			Optional: true,
			Computed: true,
			MarkdownDescription: "Minimum number of credits in one batch, a whole number from 0 to 2147483647. " +
				"When not set, the API chooses.",
			Validators: []validator.Number{wholeNumberFrom(0)},
		},
		"credit_batch_name": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Label of the batches issued under the account. The API does not return it.",
			Validators:          []validator.String{stringFunc{"a label", checkNotEmpty}},
		},
	}
}

// neverSentAccountAttributes are what a configuration says to the provider alone.
func neverSentAccountAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"existing_account_id": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "UUID of an account that exists already: it is taken over, and none is created. " +
				"May be " +
				"removed afterwards; never sent to the API. See [Take over existing accounts](../guides/take-over.md).",
			Validators: []validator.String{validUUID},
		},
		"create_alongside": schema.SetAttribute{
			Optional:   true,
			CustomType: newStringSetType(),
			MarkdownDescription: "UUIDs of accounts of this client and name beside which this one may be created; " +
				"without it that is refused. With its own id in it, this account may be replaced once: the old " +
				"account stays, with its balance. May be changed or removed at any time; never sent to the API.",
			Validators: []validator.Set{elements(validUUID)},
		},
		"timeouts": timeoutsAttribute(),
	}
}

// returnedAccountAttributes are what the response to a creation alone has.
func returnedAccountAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": computedString("UUID of the account. Null while the outcome of its creation is unknown."),
		"status": computedString("Status at creation, such as `active`; null after an import. While the outcome of " +
			"a creation is unknown: what happened and when."),
		"current_balance": computedNumber(
			"Balance at creation. It is not refreshed, because the API cannot read an account."),
		"created_at": computedString("Time of creation, ISO 8601."),
		"updated_at": computedString("Time of the last change, as returned at creation, ISO 8601."),
		"sublicenses": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "Licenses of the account, as returned at creation.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"id":      schema.StringAttribute{Computed: true, MarkdownDescription: "Id of the sublicense."},
				"deleted": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether it was deleted."},
			}},
		},
	}
}

// timeoutsAttribute is the library's, whose own check lets a duration of 0 pass.
func timeoutsAttribute() schema.Attribute {
	of := types.ObjectType{AttrTypes: map[string]attr.Type{"create": types.StringType}}
	return schema.SingleNestedAttribute{
		Optional:            true,
		CustomType:          timeouts.Type{ObjectType: of},
		MarkdownDescription: "How long operations may wait; never sent to the API.",
		Attributes: map[string]schema.Attribute{"create": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Time that a creation may wait in the queue and for `Retry-After`, such as `30m` or " +
				"`2h`. A request that has been sent is not interrupted. Defaults to `20m`.",
			Validators: []validator.String{stringFunc{"a duration above 0, such as 30m", checkDuration}},
		}},
	}
}
