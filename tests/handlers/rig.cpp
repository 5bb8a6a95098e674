#include "tests/handlers/rig.hpp"

namespace pakashop::kit {

CommandId numbered_command(std::uint64_t number) {
    CommandId id{};
    for (std::size_t i = 0; i < 8; ++i) id[15 - i] = static_cast<std::uint8_t>(number >> 8 * i);
    return id;
}

Product::List offer(const ProductId& product, std::int64_t stock) {
    Product::List list{};
    list.product = product;
    list.shop = mwila;
    list.sku = "SKU-1";
    list.name = "Lamp";
    list.description = "Shines.";
    list.price = Money{5'000};
    list.stock = stock;
    list.item_code = "ZM1";
    list.now = noon;
    return list;
}

Product::Hold hold(const std::string& try_id, std::int64_t quantity) {
    return {the_order, TryId{try_id}, quantity, noon};
}

Order::Place place_order_of(const std::vector<OrderLine>& lines) {
    Order::Place place{
        .order = the_order,
        .buyer = the_buyer,
        .try_id = the_try,
        .lines = lines,
        .total = {},
        .vat = {},
        .address = the_address(),
        .notes = {},
        .expires_at = noon + hours(24),
        .now = noon
    };
    for (const OrderLine& each : lines) {
        place.total = place.total + each.line_total;
        place.vat = place.vat + each.vat;
    }
    return place;
}

ShardRig::ShardRig(bool exclusive, ShardOptions options) : log{"g1", 1, exclusive} {
    restart(std::move(options));
}

void ShardRig::restart(ShardOptions options) {
    NodeId node{};
    node[0] = ++node_;
    shard =
        std::make_unique<Shard>(0, log, log, vault, node, std::move(options), [this](auto commit) {
            heard.push_back(std::move(commit));
        });
    REQUIRE(shard->lead(noon).has_value());
}

void ShardRig::submit(Command command) {
    auto& here = answers.emplace_back();
    command.reply = [&here](const Answer& outcome) { here.push_back(outcome); };
    shard->submit(std::move(command));
}

bool ShardRig::flush() {
    if (!shard->has_staged()) return true;
    const PartitionBatch batch = shard->encode(shard->begin_flight());
    return shard->settle(log.append({&batch, 1}).front());
}

void ShardRig::run() {
    while (shard->has_staged()) {
        if (!flush()) REQUIRE(shard->lead(noon).has_value());
    }
}

Answer ShardRig::answer(Command command) {
    submit(std::move(command));
    run();
    REQUIRE(answers.back().size() == 1);
    return answers.back().front();
}

const Product::State& ShardRig::product(const ProductId& product) {
    return std::get<Product::State>(shard->read(stream_of<Product>(product.value)));
}

std::size_t ShardRig::commits_of(const CommandId& id) {
    std::size_t found = 0;
    const auto entries = log.read(0, 0, SIZE_MAX);
    REQUIRE(entries.has_value());
    for (const LogEntry& entry : *entries) {
        const auto decoded = decode_record(entry.bytes);
        REQUIRE(decoded.has_value());
        found += decoded->record.kind == RecordKind::commit && decoded->record.command == id;
    }
    return found;
}

}  // namespace pakashop::kit
