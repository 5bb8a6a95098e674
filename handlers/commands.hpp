#pragma once

#include <string>
#include <variant>

#include "aggregates/account.hpp"
#include "aggregates/agent.hpp"
#include "aggregates/config.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/effect.hpp"
#include "aggregates/invoice.hpp"
#include "aggregates/invoice_series.hpp"
#include "aggregates/login.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/product.hpp"
#include "aggregates/settlement.hpp"
#include "aggregates/settlement_run.hpp"
#include "aggregates/shop.hpp"
#include "aggregates/user.hpp"

namespace pakashop {

/// Any aggregate's command. The alternatives stand in the order of AnyEvent's families.
using AnyCommand = std::variant<
    Order::Command,
    Payment::Command,
    Settlement::Command,
    Delivery::Command,
    Invoice::Command,
    Effect::Command,
    Product::Command,
    Shop::Command,
    Account::Command,
    Login::Command,
    User::Command,
    Agent::Command,
    Config::Command,
    InvoiceSeries::Command,
    SettlementRun::Command>;

/// A command and the stream it is for: `order:ord_1`.
struct StreamCommand {
    std::string stream;
    AnyCommand command;
};

/// A command for a stream of another partition key; what a process sends.
struct KeyedCommand {
    std::string key;
    StreamCommand to;
};

/// The stream of an aggregate: `stream_of<Order>(order.value)` is `order:<id>`.
template <class Aggregate>
std::string stream_of(std::string_view id) {
    return std::string{Aggregate::category} + ":" + std::string{id};
}

/// The id behind the category: `ord_1` of `order:ord_1`.
inline std::string_view id_in(std::string_view stream) {
    return stream.substr(stream.find(':') + 1);
}

}  // namespace pakashop
