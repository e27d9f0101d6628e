package provider

import (
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

const fixedBatchNote = " The API cannot change it: a plan that would is refused."

// creditBatchSchema is built once: engines cause it to be asked for with every call.
var creditBatchSchema = sync.OnceValue(func() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A credit batch: a number of credits given to a client at once, usually to top up a credit " +
			"account. One declared batch is one batch: the provider repeats a creation only if it is certain that nothing " +
			"was created. It is read from the client's listing of batches, once a run for all of them, so its balance is the " +
			"live one. Destroy only removes it from the state, because no API call deletes a batch. A batch that is no " +
			"longer listed stays in the state, with the status `not listed` and a warning: to create it again would give its " +
			"credits again.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "UUID of the client that the credits are for. Case does not matter." + fixedBatchNote,
				Validators:          []validator.String{validUUID},
			},
			"starting_balance": schema.NumberAttribute{
				Required: true,
				MarkdownDescription: "Credits given at creation, 0 or more; fractions are allowed and sent without loss." +
					fixedBatchNote,
				Validators: []validator.Number{balance{}},
			},
			"credit_account_id": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "UUID of the client's credit account that the credits go to. Case does not matter." +
					fixedBatchNote,
				Validators: []validator.String{validUUID},
			},
			"name": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Name that the product shows; not empty, with no white space at either end and no control " +
					"characters. It is changed in place, but cannot be cleared. When not set, the API chooses. Give each batch a " +
					"name of its own, such as the year: before a batch with a name is created, the provider searches the client's " +
					"listing for one of the same account, name and starting balance that a killed run may have left. The " +
					"provider's `on_existing_account` says what happens then. A batch without a name is not looked up. A second " +
					"batch of the same client, account, name and starting balance as one that the state has is refused by the " +
					"plan, also in place of the first: declare another under another name.",
				Validators: []validator.String{stringFunc{"a name", checkName}},
			},
			"expires_on": schema.StringAttribute{
				Optional:   true,
				CustomType: timetypes.RFC3339Type{},
				MarkdownDescription: "Time at which the credits expire, such as `2031-01-01T00:00:00Z`, compared as a time to " +
					"the second and not as text. It is changed in place, but cannot be cleared. A new value that is past is " +
					"refused by the plan; one that has passed since it was applied is no change, also where somebody gave the " +
					"batch another one. When not set, the API chooses.",
			},
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "UUID of the batch. Null while the outcome of its creation is unknown.",
			},
			"current_balance": schema.NumberAttribute{
				Computed:            true,
				MarkdownDescription: "Credits that are left, as of the last refresh.",
			},
			"status": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "Status such as `active`, as of the last refresh; `not listed` where the client's listing " +
					"does not have the batch any more. While the outcome of a creation is unknown: `outcome unknown since`, the " +
					"time and what happened.",
			},
			"allocated_credits": schema.NumberAttribute{
				Computed:            true,
				MarkdownDescription: "Credits that are allocated, as of the last refresh.",
			},
			"created_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Time of creation, ISO 8601.",
			},
			"updated_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Time of the last change, ISO 8601, as of the last refresh.",
			},
		},
	}
})
