#include <atomic>
#include <future>
#include <set>

#include "tests/handlers/engine_rig.hpp"

using namespace pakashop;
using namespace pakashop::kit;
using Kind = Answer::Kind;

namespace {

Command counting(const std::string& product, std::uint64_t n, std::int64_t delta = 1) {
    return command_to<Product>(product, Product::AdjustStock{delta, "counted"}, n);
}

Command registering(const std::string& email, std::uint64_t n) {
    const std::string stream = stream_of<Login>("hash_of_" + email);
    const UserId user{"usr_" + email};
    const auto sealed = [&](std::string text) {
        return Sealed<PublicText>{Subject{user.value}, std::move(text)};
    };
    Login::Register command{
        user, sealed(email), sealed("+260970000001"), sealed("Mary"), sealed("hash"), {}, {}, noon
    };
    Command out = command_to<Login>("hash_of_" + email, std::move(command), n);
    out.key = stream;
    return out;
}

}  // namespace

TEST_CASE("commands of all partitions are answered, each once") {
    EngineRig rig;
    rig.start();
    std::set<PartitionId> partitions;
    std::vector<Command> commands;
    for (std::uint64_t n = 0; n < 100; ++n) {
        const ProductId product{"prd_" + std::to_string(n)};
        commands.push_back(command_to<Product>(product.value, offer(product, 1), n));
        partitions.insert(rig.engine->partition_of_key(product.value));
    }
    for (const Answer& answer : ask_all(*rig.engine, commands)) {
        CHECK(answer.kind == Kind::committed);
        CHECK(rig.engine->durable_seq(answer.commit->partition) > answer.commit->seq);
    }
    CHECK(partitions.size() == 8);
    CHECK(rig.engine->figures().commits == 100);
}

TEST_CASE("everybody hears every commit, in the order of its partition") {
    EngineRig rig;
    rig.engine = std::make_unique<Engine>(rig.log, rig.log, rig.vault, rig.clock, EngineOptions{});
    std::vector<std::uint64_t> next(8);
    std::size_t heard = 0;
    rig.engine->on_commit([&](const auto& commit) {
        CHECK(commit->seq >= next[commit->partition]);
        next[commit->partition] = commit->seq + 1;
        ++heard;
    });
    REQUIRE(rig.engine->start().has_value());
    std::vector<Command> commands;
    for (std::uint64_t n = 0; n < 500; ++n) {
        const ProductId product{"prd_" + std::to_string(n % 50)};
        commands.push_back(command_to<Product>(product.value, offer(product, 1), n));
    }
    ask_all(*rig.engine, commands);
    rig.engine->stop();
    CHECK(heard == 500);
}

TEST_CASE("more commands than the queue holds are turned away at once") {
    EngineOptions options;
    options.queue_max = 4;
    EngineRig rig{options};
    rig.start();
    std::promise<void> gate;
    std::promise<void> blocked;
    rig.engine->post([&] {
        blocked.set_value();
        gate.get_future().wait();
    });
    blocked.get_future().wait();
    std::vector<Answer> answers(10);
    std::atomic<int> answered{0};
    for (std::uint64_t n = 0; n < 10; ++n) {
        Command command = counting("prd_" + std::to_string(n), n);
        command.reply = [&, n](const Answer& answer) {
            answers[n] = answer;
            ++answered;
        };
        rig.engine->submit(std::move(command));
    }
    CHECK(answered == 6);
    for (std::size_t n = 4; n < 10; ++n) CHECK(answers[n].kind == Kind::overloaded);
    gate.set_value();
    CHECK(eventually([&] { return answered == 10; }));
    for (std::size_t n = 0; n < 4; ++n) CHECK(answers[n].kind == Kind::refused);
    CHECK(rig.engine->figures().refusals_overload == 6);
}

TEST_CASE("a command whose deadline has passed is not begun") {
    EngineRig rig;
    rig.start();
    Command late = counting("prd_lamp", 1);
    late.deadline = rig.clock.now() - seconds(1);
    CHECK(rig.ask(std::move(late)).kind == Kind::overloaded);
    CHECK(rig.commits_named("product.adjust_stock") == 0);
}

TEST_CASE("stopping answers what is under way, and turns away what comes later") {
    EngineRig rig;
    rig.start();
    rig.offer_units(lamp, 1'000);
    std::atomic<int> committed{0};
    for (std::uint64_t n = 1; n <= 200; ++n) {
        Command command = counting(lamp.value, n);
        command.reply = [&](const Answer& answer) { committed += answer.kind == Kind::committed; };
        rig.engine->submit(std::move(command));
    }
    rig.engine->stop();
    CHECK(committed == 200);
    CHECK(rig.ask(counting(lamp.value, 500)).kind == Kind::overloaded);
}

TEST_CASE("a log that loses and half-writes costs nobody an answer") {
    for (unsigned seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        Dice dice{seed};
        EngineRig rig;
        rig.start();
        rig.offer_units(lamp, 0);
        std::int64_t counted = 0;
        std::int64_t refused = 0;
        for (int round = 0; round < 10; ++round) {
            rig.log.fail_next(dice.pick(
                {AppendFault::none,
                 AppendFault::unknown_written,
                 AppendFault::unknown_lost,
                 AppendFault::partly_written,
                 AppendFault::storage_low}
            ));
            std::vector<Command> commands;
            for (std::uint64_t n = 0; n < 80; ++n) {
                const auto id = static_cast<std::uint64_t>(round) * 100 + n + 1;
                commands.push_back(counting(lamp.value, id));
            }
            for (const Answer& answer : ask_all(*rig.engine, commands)) {
                ++(answer.kind == Kind::storage_low ? refused : counted);
                if (answer.kind != Kind::storage_low) CHECK(answer.kind == Kind::committed);
            }
        }
        CHECK(rig.state<Product>(lamp.value).on_hand == counted);
        CHECK(counted + refused == 800);
        CHECK(counted > refused);
        CHECK_FALSE(rig.fatal.has_value());
    }
}

TEST_CASE("a log that lost acknowledged records ends the service of its partition") {
    EngineRig rig;
    rig.start(false);
    rig.offer_units(lamp, 1);
    rig.log.fail_next(AppendFault::regressed);
    CHECK(rig.ask(counting(lamp.value, 1)).kind == Kind::halted);
    CHECK(rig.ask(counting(lamp.value, 2)).kind == Kind::halted);
    CHECK(rig.engine->figures().halted_partitions == 1);
    rig.engine->stop();
    CHECK(rig.fatal.has_value());
}

TEST_CASE("a restart answers a repeated command from its commit") {
    EngineRig rig;
    rig.start();
    rig.offer_units(lamp, 1);
    const Answer first = rig.ask(counting(lamp.value, 1));
    rig.stop();
    rig.start();
    const Answer again = rig.ask(counting(lamp.value, 1));
    CHECK(again.replayed);
    CHECK(again.commit->hash == first.commit->hash);
    CHECK(rig.state<Product>(lamp.value).on_hand == 2);
}

TEST_CASE("a node that stands by knows from its start on how far it has read") {
    EngineRig rig;
    rig.start();
    rig.offer_units(ProductId{"prd_1"}, 5);
    rig.stop();
    EngineOptions options;
    options.standby = true;
    Engine standby{rig.log, rig.log, rig.vault, rig.clock, options};
    REQUIRE(standby.start().has_value());
    const PartitionId partition = standby.partition_of_key("prd_1");
    CHECK(rig.log.state(partition).place.seq > 0);
    for (PartitionId p = 0; p < rig.log.partitions(); ++p) {
        CHECK(standby.durable_seq(p) == rig.log.state(p).place.seq);
    }
}

TEST_CASE("the newest record of all partitions tells how far time had come") {
    EngineRig rig;
    CHECK(newest_record_time(rig.log, rig.log.partitions()) == Instant{});
    rig.start();
    rig.offer_units(ProductId{"prd_1"}, 5);
    rig.offer_units(ProductId{"prd_2"}, 5);
    rig.stop();
    Instant newest{};
    for (std::uint32_t i = 0; i < rig.log.partitions(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        for (std::uint64_t seq = 0; seq < rig.log.state(partition).place.seq; ++seq)
            newest = std::max(newest, decode_record(*rig.log.record(partition, seq))->record.at);
    }
    CHECK(newest > Instant{});
    CHECK(newest_record_time(rig.log, rig.log.partitions()) == newest);
}

TEST_CASE("a process acts on every event once, however often the server restarts") {
    EngineRig rig;
    rig.start(false);
    constexpr std::uint64_t people = 40;
    for (std::uint64_t n = 0; n < people; ++n) {
        CHECK(rig.ask(registering("p" + std::to_string(n), n)).kind == Kind::committed);
    }
    CHECK(rig.commits_named("user.register") == 0);
    for (int life = 0; life < 3; ++life) {
        rig.stop();
        rig.start();
        rig.settle();
        CHECK(rig.commits_named("user.register") == people);
    }
    for (std::uint64_t n = 0; n < people; ++n) {
        const auto user = rig.state<User>("usr_p" + std::to_string(n));
        CHECK(user.login == "login:hash_of_p" + std::to_string(n));
    }
}

TEST_CASE("a process's place is a record, and the next life begins there") {
    EngineRig rig;
    rig.start();
    CHECK(rig.ask(registering("mary", 1)).kind == Kind::committed);
    rig.settle();
    const std::string stream = stream_of<Login>("hash_of_mary");
    const PartitionId partition = rig.engine->partition_of_key(stream);
    const std::uint64_t seq = rig.log.stream(partition, stream, 0).at(0);
    const auto place = [&] { return rig.log.snapshot(partition, "~processes"); };
    CHECK(eventually([&] { return place().has_value(); }));
    CHECK(place()->version > static_cast<std::int64_t>(seq));
    rig.stop();
    // What lies before the place is not read again: it could not be.
    rig.log.damage(partition, seq, "unreadable");
    rig.start();
    rig.settle();
    CHECK(rig.state<User>("usr_mary").login == stream);
}
