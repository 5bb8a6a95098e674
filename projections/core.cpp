#include "projections/core.hpp"

#include <algorithm>

#include "projections/accounts.hpp"
#include "projections/agents.hpp"
#include "projections/config.hpp"
#include "projections/deliveries.hpp"
#include "projections/effects_due.hpp"
#include "projections/external_ids.hpp"
#include "projections/invoices.hpp"
#include "projections/journal.hpp"
#include "projections/ledger.hpp"
#include "projections/orders.hpp"
#include "projections/payments.hpp"
#include "projections/people.hpp"
#include "projections/products.hpp"
#include "projections/schedule_due.hpp"
#include "projections/settlement_lines.hpp"
#include "projections/shops.hpp"

namespace pakashop::model {
namespace {

constexpr std::array core{
    &orders_projection,
    &payments_projection,
    &deliveries_projection,
    &settlement_lines_projection,
    &shops_projection,
    &accounts_projection,
    &invoices_projection,
    &products_projection,
    &people_projection,
    &agents_projection,
    &config_projection,
    &ledger_projection,
    &journal_projection,
    &effects_due_projection,
    &schedule_due_projection,
    &external_ids_projection,
};

constexpr std::array of_an_order{
    &orders_projection,
    &payments_projection,
    &deliveries_projection,
    &settlement_lines_projection,
    &invoices_projection,
};

}  // namespace

std::span<const Projection* const> core_projections() { return core; }

const Projection* find_projection(std::string_view name) {
    const auto found = std::ranges::find(core, name, &Projection::name);
    return found == core.end() ? nullptr : *found;
}

std::span<const Projection* const> order_projections() { return of_an_order; }

}  // namespace pakashop::model
