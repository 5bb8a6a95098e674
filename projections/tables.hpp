#pragma once

#include "projections/columns.hpp"
#include "projections/rows.hpp"

/// Every table of the read models of group `core`. migrations/ makes the same tables; a test
/// compares the two.
namespace pakashop::model::tables {

inline constexpr Table orders{"orders", columns::orders};
inline constexpr Table order_items{"order_items", columns::order_items};
inline constexpr Table fulfilments{"fulfilments", columns::fulfilments, 2};
inline constexpr Table payments{"payments", columns::payments};
inline constexpr Table refunds{"refunds", columns::refunds};
inline constexpr Table deliveries{"deliveries", columns::deliveries};
inline constexpr Table delivery_stops{"delivery_stops", columns::delivery_stops, 2};
inline constexpr Table proofs{"proofs", columns::proofs};
inline constexpr Table settlement_lines{"settlement_lines", columns::settlement_lines};
inline constexpr Table shops{"shops", columns::shops};
inline constexpr Table accounts{"accounts", columns::accounts};
inline constexpr Table payouts{"payouts", columns::payouts};
inline constexpr Table payout_lines{"payout_lines", columns::payout_lines, 2, true};
inline constexpr Table invoices{"invoices", columns::invoices};
inline constexpr Table products{"products", columns::products};
inline constexpr Table stock_holds{"stock_holds", columns::stock_holds, 3};
inline constexpr Table people{"people", columns::people};
inline constexpr Table user_roles{"user_roles", columns::user_roles, 3};
inline constexpr Table agents{"agents", columns::agents};
inline constexpr Table config{"config", columns::config};
inline constexpr Table ledger{"ledger", columns::ledger, 4, true};
inline constexpr Table journal{"journal", columns::journal, 3, true};
inline constexpr Table effects_due{"effects_due", columns::effects_due, 1, false, true};
inline constexpr Table schedule_due{"schedule_due", columns::schedule_due, 2, false, true};
inline constexpr Table external_ids{"external_ids", columns::external_ids};

inline constexpr std::array all{
    &orders,      &order_items,    &fulfilments,  &payments,         &refunds,
    &deliveries,  &delivery_stops, &proofs,       &settlement_lines, &shops,
    &accounts,    &payouts,        &payout_lines, &invoices,         &products,
    &stock_holds, &people,         &user_roles,   &agents,           &config,
    &ledger,      &journal,        &effects_due,  &schedule_due,     &external_ids,
};

}  // namespace pakashop::model::tables
