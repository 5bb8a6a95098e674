#include "ops/benchmarks/trade.hpp"

#include "handlers/ask.hpp"
#include "ops/benchmarks/bench.hpp"

namespace pakashop::bench {
namespace {

constexpr std::uint64_t shops = 8;
constexpr std::int64_t stock = 100'000'000;
constexpr std::size_t offered_at_once = 512;
const Actor trader{"usr_bench", "CUSTOMER", "password"};

std::string padded(std::uint64_t number) {
    std::string digits = std::to_string(number);
    return std::string(10 - std::min<std::size_t>(digits.size(), 10), '0') + digits;
}

}  // namespace

Money price_of(std::uint64_t product) {
    return Money{1'000 + static_cast<std::int64_t>(product % 997) * 50};
}
ShopId shop_of(std::uint64_t product) { return {"shp_" + padded(product % shops)}; }
ProductId product_id(std::uint64_t product) { return {"prd_" + padded(product)}; }
OrderId order_id(std::uint64_t order) { return {"ord_" + padded(order)}; }
TryId try_id(std::uint64_t order) { return {"try_" + padded(order)}; }
UserId buyer_id(std::uint64_t buyer) { return {"usr_" + padded(buyer)}; }

OrderLine line_of(std::uint64_t order, std::uint64_t number, std::uint64_t product) {
    OrderLine line;
    line.item = {child_id("itm", order_id(order).value, number)};
    line.product = product_id(product);
    line.shop = shop_of(product);
    line.name = "Solar lamp with charger, 20 W";
    line.item_code = "ZM1NTXKG0000014";
    line.tax_code = TaxCode::vat16;
    line.quantity = static_cast<std::int64_t>(1 + order % 3);
    line.unit_price = price_of(product);
    line.line_total = Money{line.unit_price.ngwee * line.quantity};
    line.vat = vat_inside(line.line_total, vat_rate(line.tax_code));
    line.commission = Rate{50'000};
    return line;
}

Command command_for(
    std::string key,
    std::string stream,
    AnyCommand command,
    std::string_view what,
    Instant now
) {
    Command out;
    out.id = derived_command_id("bench", what, stream);
    out.fingerprint = sha256(stream);
    out.key = std::move(key);
    out.to = {std::move(stream), std::move(command)};
    out.actor = trader;
    out.trace.correlation = "6f1c2d9e-4b7a-4c58-9d0e-2a1b3c4d5e6f";
    out.now = now;
    return out;
}

Command hold_command(std::uint64_t order, std::uint64_t product, Instant now) {
    const std::string id = product_id(product).value;
    const Product::Hold hold{
        order_id(order), try_id(order), static_cast<std::int64_t>(1 + order % 3), now
    };
    const std::string stream = stream_of<Product>(id);
    return command_for(id, stream, Product::Command{hold}, try_id(order).value, now);
}

Command sell_command(std::uint64_t order, std::uint64_t product, Instant now) {
    const std::string id = product_id(product).value;
    const Product::SellHold sell{order_id(order), try_id(order)};
    const std::string stream = stream_of<Product>(id);
    return command_for(id, stream, Product::Command{sell}, "sell " + try_id(order).value, now);
}

Command place_command(std::uint64_t order, std::uint64_t buyer, Instant now) {
    const std::string id = order_id(order).value;
    const UserId user = buyer_id(buyer);
    Order::Place place{
        .order = {id},
        .buyer = user,
        .try_id = try_id(order),
        .lines = {line_of(order, 1, order * 7), line_of(order, 2, order * 7 + 1)},
        .total = {},
        .vat = {},
        .address =
            {Subject{user.value},
             DeliveryAddress{
                 "Natasha",
                 "Mwanza",
                 "Plot 456, Great East Road",
                 "Lusaka",
                 "Lusaka Province",
                 "+260977123456",
                 {}
             }},
        .notes = {},
        .expires_at = now + hours(24),
        .now = now
    };
    for (const OrderLine& line : place.lines) {
        place.total = place.total + line.line_total;
        place.vat = place.vat + line.vat;
    }
    return command_for(id, stream_of<Order>(id), Order::Command{std::move(place)}, "place", now);
}

std::vector<Outcome> do_all(Engine& engine, std::vector<Command> commands) {
    auto outcomes = ask_all(engine, std::move(commands));
    for (const Outcome& outcome : outcomes) {
        if (outcome.kind == Outcome::Kind::committed) continue;
        give_up("a command was not committed: " + std::string{outcome.refusal});
    }
    return outcomes;
}

void offer_products(Engine& engine, const Clock& clock, std::uint64_t products) {
    std::vector<Command> commands;
    for (std::uint64_t n = 0; n < products; ++n) {
        const std::string id = product_id(n).value;
        Product::List list{};
        list.product = {id};
        list.shop = shop_of(n);
        list.sku = "SKU-" + std::to_string(n);
        list.name = "Solar lamp with charger, 20 W";
        list.description = "Bright for eight hours; charges a phone.";
        list.price = price_of(n);
        list.stock = stock;
        list.item_code = "ZM1NTXKG0000014";
        list.now = clock.now();
        commands.push_back(command_for(
            id, stream_of<Product>(id), Product::Command{std::move(list)}, "list", list.now
        ));
        if (commands.size() == offered_at_once || n + 1 == products) {
            do_all(engine, std::exchange(commands, {}));
        }
    }
}

}  // namespace pakashop::bench
