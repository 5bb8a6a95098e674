#include "tests/handlers/engine_rig.hpp"

#include <future>

namespace pakashop::kit {

void EngineRig::start(bool with_processes) {
    engine = std::make_unique<Engine>(log, log, vault, clock, options_);
    desk = std::make_unique<PlacingDesk>(*engine);
    engine->on_fatal([this](std::string reason) { fatal = std::move(reason); });
    if (with_processes) {
        processes = std::make_unique<ProcessRunner>(*engine);
        processes->attach();
    }
    REQUIRE(engine->start().has_value());
    if (with_processes) processes->resume_all();
}

void EngineRig::stop() {
    engine->stop();
    processes.reset();
    desk.reset();
    engine.reset();
}

void EngineRig::offer_units(const ProductId& product, std::int64_t stock) {
    Command command = command_to<Product>(product.value, offer(product, stock), 0);
    command.id = derived_command_id("test", "offer", product.value);
    REQUIRE(ask(std::move(command)).kind == Answer::Kind::committed);
}

Placed EngineRig::place(Basket basket, std::uint64_t n) {
    return begin(std::move(basket), n).get();
}

std::future<Placed> EngineRig::begin(Basket basket, std::uint64_t n, std::string_view body) {
    PlacingRequest request;
    request.id = numbered_command(n);
    request.fingerprint = sha256(body);
    request.actor = somebody;
    request.now = clock.now();
    request.may_sell = may_sell;
    request.deadline = clock.now() + seconds(2);
    // What is called back is copied around, so what it fulfils has to be shared.
    auto promise = std::make_shared<std::promise<Placed>>();
    desk->place(std::move(basket), std::move(request), [promise](Placed placed) {
        promise->set_value(std::move(placed));
    });
    return promise->get_future();
}

void EngineRig::settle() {
    // What the processes see is posted to the engine's thread: two passes of it are behind us when
    // the second task has run.
    const auto idle = [&] {
        std::promise<bool> promise;
        engine->post([&] { promise.set_value(processes->outstanding() == 0); });
        return promise.get_future().get();
    };
    REQUIRE(eventually([&] { return idle() && idle(); }));
}

std::size_t EngineRig::commits_named(std::string_view command_type) {
    std::size_t found = 0;
    for (PartitionId partition = 0; partition < log.partitions(); ++partition) {
        const auto entries = log.read(partition, 0, SIZE_MAX);
        for (const LogEntry& entry : *entries) {
            const auto decoded = decode_record(entry.bytes);
            REQUIRE(decoded.has_value());
            found += decoded->record.command_type == command_type;
        }
    }
    return found;
}

Basket basket(std::vector<Basket::Line> lines, const std::string& try_id) {
    return {
        .order = the_order,
        .buyer = the_buyer,
        .try_id = TryId{try_id},
        .lines = std::move(lines),
        .address = the_address(),
        .notes = {},
        .commission = Rate{50'000}
    };
}

}  // namespace pakashop::kit
