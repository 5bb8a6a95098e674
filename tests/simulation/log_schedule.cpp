#include "tests/simulation/log_schedule.hpp"

#include <algorithm>
#include <memory>

#include "tests/simulation/histories.hpp"
#include "tests/simulation/writer.hpp"

namespace pakashop::simulation {
namespace {

constexpr std::size_t writers = 3;
constexpr std::uint32_t commands_while_playing = 7;
constexpr std::array fault_cycle{
    LogFault::none,
    LogFault::truncate,
    LogFault::remove,
    LogFault::none,
    LogFault::none,
    LogFault::truncate,
    LogFault::remove,
    LogFault::none,
    LogFault::move,
    LogFault::flip
};

/// How likely the network is to misbehave: every schedule has its own odds, in thousandths.
struct Odds {
    std::uint32_t lose, repeat, cut, lose_report;
};

class Schedule {
public:
    Schedule(const Rules& rules, LogFault fault, std::uint64_t seed)
        : tape_{seed}, scene_{rules, fault} {
        for (std::size_t i = 0; i < writers; ++i) {
            writers_.push_back(std::make_unique<Writer>(scene_, i));
        }
        for (int i = 0; i < 2; ++i) readers_.emplace_back(rules);
        const std::uint32_t thing_count = tape_.in_thousand(500) ? 2 : 1;
        for (Command& command : scene_.commands) {
            command = {
                static_cast<std::uint8_t>(tape_.below(thing_count)),
                static_cast<Act>(tape_.below(3)),
                static_cast<std::uint8_t>(tape_.below(2))
            };
        }
        odds_ = {tape_.below(250), tape_.below(300), tape_.below(400), tape_.below(300)};
    }

    Outcome run() {
        play();
        if (!scene_.world.violated()) finish();
        Outcome out;
        for (std::size_t i = 0; i < enum_names(Violation{}).size(); ++i) {
            const bool seen = scene_.world.violated(static_cast<Violation>(i));
            out.violations |= static_cast<std::uint32_t>(seen) << i;
        }
        out.fault = scene_.world.fault();
        out.tally = scene_.world.tally;
        return out;
    }

private:
    // ---- While the faults play.
    void play();
    void step(std::size_t action, Writer& writer);
    void deliver_report();
    void land_some(bool whole);
    void land(std::size_t index, bool whole);
    void settle(Produce& produce, bool whole);
    bool known_beyond(std::size_t offset) const;

    // ---- Afterwards.
    void finish();
    void finish_clean(std::size_t first);
    void finish_harmed(std::size_t first);
    bool drive(Writer& writer, const std::vector<int>& wanted);
    bool push_through(Writer& writer);
    void land_newest_and_report(Writer& writer);
    bool answered(int command) const;
    void read_to_the_end();

    Tape tape_;
    Scene scene_;
    Odds odds_{};
    std::vector<std::unique_ptr<Writer>> writers_;
    std::vector<Reader> readers_;
    std::size_t finish_from_ = 0;  ///< Requests from here on were made after the faults.
    bool went_on_ = false;         ///< On the harmed log somebody led, and wrote more.
};

void Schedule::play() {
    const std::uint32_t steps = (30 + tape_.below(110)) * (tape_.in_thousand(80) ? 4 : 1);
    const bool moving = scene_.world.fault() == LogFault::move;
    const bool calm = tape_.in_thousand(500);
    const std::uint32_t weights[] = {
        calm ? 5U : 8U,
        calm ? 4U : 8U,
        8,
        8,
        1 + tape_.below(3),
        1 + tape_.below(5),
        tape_.below(3),
        tape_.below(2),
        moving ? 2U : tape_.below(2),
        1,
        1
    };
    const std::size_t favourite = tape_.below(writers);
    for (std::uint32_t i = 0; i < steps && !scene_.world.violated(); ++i) {
        const bool strikes = scene_.world.clean() && tape_.in_thousand(45);
        const auto known = [this](std::size_t offset) { return known_beyond(offset); };
        if (strikes && scene_.world.strike(tape_, known)) continue;
        const std::size_t who = tape_.in_thousand(500) ? favourite : tape_.below(writers);
        step(tape_.weighted(weights), *writers_[who]);
    }
}

void Schedule::step(std::size_t action, Writer& writer) {
    const bool sealed = writer.reader().fold().sealed();
    switch (action) {
        case 0:
            return land_some(false);
        case 1:
            return deliver_report();
        case 2:
            return writer.ask(static_cast<int>(tape_.below(commands_while_playing)));
        case 3:
            return writer.flush(1 + tape_.below(batch_max));
        case 4:
            if (writer.role() == Role::leader) return writer.give_up_batch();
            if (writer.role() != Role::candidate || sealed) return;
            writer.read(1 + tape_.below(12));
            if (writer.role() == Role::candidate) writer.announce();
            return;
        case 5: {
            const std::uint32_t who = tape_.below(writers + 2);
            const std::uint32_t count = 1 + tape_.below(8);
            if (who < writers) return writers_[who]->read(count);
            for (std::uint32_t i = 0; i < count; ++i) scene_.world.read(readers_[who - writers]);
            return;
        }
        case 6:
            if (writer.role() != Role::follower) return;
            writer.read(tape_.below(12));
            if (writer.role() == Role::follower && !sealed) writer.announce();
            return;
        case 7:
            return writer.crash(tape_.in_thousand(500));
        case 8: {
            const bool resigns = !tape_.in_thousand(600);
            const bool moved = scene_.world.fault() == LogFault::move;
            return resigns ? writer.stage_resignation(moved) : writer.stage_checkpoint();
        }
        case 9:
            return writer.save();
        default:
            if (writer.role() != Role::follower || !scene_.network.empty()) return;
            writer.read(world_end);
            if (writer.role() == Role::follower && !sealed) writer.announce();
    }
}

bool Schedule::known_beyond(std::size_t offset) const {
    const auto beyond = [&](const Reader& reader) {
        return reader.offset > offset && !reader.halted();
    };
    return std::ranges::any_of(readers_, beyond) ||
           std::ranges::any_of(writers_, [&](const auto& one) { return beyond(one->reader()); });
}

void Schedule::deliver_report() {
    if (scene_.reports.empty()) return;
    const Report report = tape_.take(scene_.reports, 350);
    writers_[report.node]->take_report(report);
}

void Schedule::land_some(bool whole) {
    if (scene_.network.empty()) return;
    const bool any = tape_.in_thousand(350);
    land(any ? tape_.below_size(scene_.network.size()) : 0, whole);
}

// A produce may be lost, be cut into what lands now and what does not, or land and stay under way
// to land again.
void Schedule::land(std::size_t index, bool whole) {
    Produce produce = std::move(scene_.network[index]);
    scene_.network.erase(scene_.network.begin() + static_cast<std::ptrdiff_t>(index));
    if (!whole && tape_.in_thousand(odds_.lose)) return;
    const auto count = static_cast<std::uint32_t>(produce.wires.size());
    std::uint32_t landing = (1U << count) - 1;
    if (!whole && count > 1 && tape_.in_thousand(odds_.cut)) {
        const std::uint32_t way = tape_.below(3);
        if (way == 0) landing &= tape_.draw();
        if (way == 1) landing &= ~1U;
        if (way == 2) landing = (1U << tape_.below(count)) - 1;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        if ((landing >> i & 1U) == 0) continue;
        scene_.world.land(produce.wires[i]);
        const bool told = !produce.offsets[i] || (!whole && tape_.in_thousand(200));
        if (told) produce.offsets[i] = scene_.world.size() - 1;
    }
    settle(produce, whole);
}

void Schedule::settle(Produce& produce, bool whole) {
    const bool all =
        std::ranges::all_of(produce.offsets, [](const auto& offset) { return offset.has_value(); });
    const bool again = !whole && tape_.in_thousand(all ? 100 : 60);
    const bool due = produce.batch != 0 && ((all && !produce.reported) || again);
    if (due && (whole || !tape_.in_thousand(odds_.lose_report))) {
        scene_.reports.push_back({produce.node, produce.life, produce.batch, produce.offsets});
        produce.reported = true;
    }
    const bool stays = !whole && tape_.in_thousand(all ? odds_.repeat : 700);
    if (stays) scene_.network.push_back(std::move(produce));
}

bool Schedule::answered(int command) const {
    for (std::size_t i = finish_from_; i < scene_.requests.size(); ++i) {
        if (scene_.requests[i].command == command && scene_.requests[i].answered) return true;
    }
    return false;
}

void Schedule::land_newest_and_report(Writer& writer) {
    land(scene_.network.size() - 1, true);
    if (scene_.reports.empty()) return;
    const Report report = scene_.reports.back();
    scene_.reports.pop_back();
    writer.take_report(report);
}

// One round of a writer whose network is whole; false once it cannot go on.
bool Schedule::push_through(Writer& writer) {
    if (writer.role() != Role::leader) {
        writer.read(world_end);
        if (writer.role() == Role::stopped || writer.reader().fold().sealed()) return false;
        if (writer.role() != Role::leader) {
            const std::size_t before = scene_.network.size();
            writer.announce();
            if (scene_.network.size() > before) land(scene_.network.size() - 1, true);
            writer.read(world_end);
        }
        return writer.role() != Role::stopped;
    }
    if (!writer.in_flight()) writer.flush(batch_max);
    if (!writer.in_flight()) return true;
    const bool mine = !scene_.network.empty() && scene_.network.back().batch == writer.batch();
    if (mine) {
        land_newest_and_report(writer);
    } else {
        writer.give_up_batch();
        if (!scene_.network.empty()) land(scene_.network.size() - 1, true);
    }
    return writer.role() != Role::stopped;
}

// Leads, and asks until every command of `wanted` is answered; true when that is so.
bool Schedule::drive(Writer& writer, const std::vector<int>& wanted) {
    const auto done = [&] {
        return std::ranges::all_of(wanted, [&](int command) { return answered(command); });
    };
    for (int round = 0; round < 60; ++round) {
        if (done() && writer.role() == Role::leader && writer.idle()) return true;
        if (!push_through(writer)) return false;
        if (writer.role() != Role::leader || !writer.idle()) continue;
        for (const int command : wanted) {
            if (!answered(command)) writer.ask(command);
        }
    }
    return done();
}

void Schedule::finish() {
    std::vector<Produce> late;
    while (!scene_.network.empty()) {
        const std::size_t index = tape_.below_size(scene_.network.size());
        if (!tape_.in_thousand(300)) {
            land(index, true);
            continue;
        }
        late.push_back(std::move(scene_.network[index]));
        scene_.network.erase(scene_.network.begin() + static_cast<std::ptrdiff_t>(index));
    }
    scene_.reports.clear();
    for (const auto& writer : writers_) {
        if (tape_.in_thousand(500)) writer->give_up_batch();
    }
    scene_.network.clear();
    finish_from_ = scene_.requests.size();
    const std::size_t first = tape_.below(writers);
    scene_.world.clean() ? finish_clean(first) : finish_harmed(first);
    for (const Produce& produce : late) {
        for (const WirePointer& wire : produce.wires) scene_.world.land(wire);
    }
    read_to_the_end();
}

void Schedule::read_to_the_end() {
    std::vector<const Reader*> all;
    for (const auto& writer : writers_) {
        writer->retire();
        all.push_back(&writer->reader());
    }
    for (Reader& reader : readers_) {
        while (scene_.world.read(reader)) continue;
        all.push_back(&reader);
    }
    compare_histories(scene_, all, went_on_);
}

void Schedule::finish_clean(std::size_t first) {
    std::vector<int> wanted;
    for (std::uint32_t i = 0; i < commands_while_playing; ++i)
        wanted.push_back(static_cast<int>(i));
    bool whole = drive(*writers_[first], wanted);
    for (int i = 0; i < 2 && !scene_.world.sealed(); ++i) {
        wanted.push_back(static_cast<int>(commands_while_playing) + i);
        whole = drive(*writers_[(first + static_cast<std::size_t>(i)) % writers], wanted);
    }
    if (!scene_.world.sealed() && !whole) scene_.world.report(Violation::starved);
    const bool seals = scene_.world.fault() == LogFault::move && !scene_.world.sealed();
    if (!seals || scene_.world.violated()) return;
    Writer& last = *writers_[(first + 1) % writers];
    if (!drive(last, {})) return;
    last.stage_resignation(true);
    push_through(last);
}

// On a harmed log nobody has to finish; but whoever still serves must not tell two histories. Now
// and then few write more, or nobody does: what the log has lost is then not written over, and no
// new record tells a reader that its place is gone.
void Schedule::finish_harmed(std::size_t first) {
    const std::size_t leading = tape_.in_thousand(300) ? tape_.below(writers) : writers;
    int command = static_cast<int>(commands_while_playing);
    for (std::size_t i = 0; i < leading && command + 1 < commands_max; ++i) {
        Writer& writer = *writers_[(first + i) % writers];
        if (writer.role() == Role::stopped) continue;
        for (int twice = 0; twice < 2; ++twice) went_on_ |= drive(writer, {command++});
    }
}

}  // namespace

Outcome play_log_schedule(const Rules& rules, std::uint64_t seed, std::uint64_t number) {
    const LogFault fault = fault_cycle[number % fault_cycle.size()];
    Tape mix{seed * 0x100000001b3ULL + number};
    const std::uint64_t own = static_cast<std::uint64_t>(mix.draw()) << 32 | mix.draw();
    return Schedule{rules, fault, own}.run();
}

}  // namespace pakashop::simulation
