#pragma once

#include <string>

#include "handlers/engine.hpp"

/// The commands a shop's day is made of, under names that only benchmarks use.
namespace pakashop::bench {

/// Prices differ by product, in ngwee.
Money price_of(std::uint64_t product);
ShopId shop_of(std::uint64_t product);
ProductId product_id(std::uint64_t product);
OrderId order_id(std::uint64_t order);
TryId try_id(std::uint64_t order);
UserId buyer_id(std::uint64_t buyer);

/// One frozen line of an order; `number` counts from 1.
OrderLine line_of(std::uint64_t order, std::uint64_t number, std::uint64_t product);

/// An envelope with an id and a fingerprint of its own. `what` and the stream name the command.
Command command_for(
    std::string key,
    std::string stream,
    AnyCommand command,
    std::string_view what,
    Instant now
);

Command hold_command(std::uint64_t order, std::uint64_t product, Instant now);
/// Sells what `hold_command` held.
Command sell_command(std::uint64_t order, std::uint64_t product, Instant now);
/// An order of two lines and a sealed address; its holds are not looked at by the order itself.
Command place_command(std::uint64_t order, std::uint64_t buyer, Instant now);

/// Submits all of them and waits; ends the program when one is not committed.
std::vector<Outcome> do_all(Engine& engine, std::vector<Command> commands);

/// Puts so many products on sale, in eight shops' names, with much stock.
void offer_products(Engine& engine, const Clock& clock, std::uint64_t products);

}  // namespace pakashop::bench
