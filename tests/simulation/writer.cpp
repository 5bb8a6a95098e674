#include "tests/simulation/writer.hpp"

#include <algorithm>
#include <utility>

namespace pakashop::simulation {
namespace {

constexpr std::size_t waiting_max = 24;
constexpr std::size_t network_max = 24;
constexpr std::uint64_t epochs_max = 150;

void send(Scene& scene, Produce produce) {
    if (scene.network.size() > network_max) scene.network.erase(scene.network.begin());
    produce.offsets.resize(produce.wires.size());
    scene.network.push_back(std::move(produce));
}

}  // namespace

Writer::Writer(Scene& scene, std::size_t index)
    : scene_{scene},
      index_{index},
      life_{scene.next_life++},
      reader_{scene.rules},
      disk_{scene.rules} {}

void Writer::stop() {
    role_ = Role::stopped;
    flight_.clear();
    staged_.clear();
    waiting_.clear();
}

void Writer::stand_down() {
    role_ = Role::follower;
    flight_.clear();
    staged_.clear();
    waiting_.clear();
    closing_ = false;
}

void Writer::lead() {
    role_ = Role::leader;
    expected_ = reader_.offset;
    ahead_ = reader_.shelf();
    flight_.clear();
    staged_.clear();
    closing_ = false;
    const std::vector<Waiting> waiting = std::exchange(waiting_, {});
    for (const Waiting& one : waiting) consider(one.request);
}

void Writer::read(std::size_t records_max) {
    if (role_ == Role::stopped || (role_ == Role::leader && !idle())) return;
    for (std::size_t i = 0; i < records_max; ++i) {
        const auto verdict = scene_.world.read(reader_);
        if (reader_.halted()) return stop();
        if (!verdict) break;
        const Landed& landed = scene_.world.at(reader_.offset - 1);
        if (*verdict != Verdict::admitted) continue;
        if (landed.wire->command) {
            serials_[static_cast<std::size_t>(*landed.wire->command)] = landed.serial;
        }
        const Role before = role_;
        follow(landed.wire->record);
        if (role_ == Role::leader && before != Role::leader) return;
    }
    if (role_ != Role::leader) return;
    expected_ = reader_.offset;
    ahead_ = reader_.shelf();
}

void Writer::follow(const Record& record) {
    if (record.kind == RecordKind::announce) {
        const bool own = record.node == node_id(life_);
        if (own && role_ == Role::candidate) return lead();
        if (!own && role_ != Role::follower) stand_down();
    }
    if (record.kind == RecordKind::resign && role_ == Role::leader) stand_down();
}

void Writer::announce() {
    flight_.clear();
    if (reader_.fold().epoch() >= epochs_max) return;
    role_ = Role::candidate;
    Record record = blank_record(RecordKind::announce, reader_.fold());
    record.epoch += 1;
    record.node = node_id(life_);
    send(scene_, {{wire_of(std::move(record))}, index_, life_, 0, {}, false});
}

void Writer::ask(int command) {
    if (role_ != Role::leader) return;
    scene_.requests.push_back({command, scene_.world.size(), false});
    consider(scene_.requests.size() - 1);
}

// Architecture 2.4, steps 2 to 5.
void Writer::consider(std::size_t request) {
    if (scene_.requests[request].answered) return;
    if (staged_.size() >= staged_max || closing_) return;
    const int command = scene_.requests[request].command;
    const auto number = static_cast<std::size_t>(command);
    if (scene_.rules.deduplicates) {
        if (const auto& done = reader_.shelf().done[number]) return answer_success(request, *done);
        if (ahead_.done[number]) {
            if (!scene_.rules.waits_for_admission) answer_success(request, *ahead_.done[number]);
            return wait(request, Await::commit);
        }
    }
    const auto change = decide(ahead_, scene_.commands[number]);
    if (!change) return refuse(request);
    staged_.push_back({RecordKind::commit, false, command, *change});
    apply(ahead_, command, *change);
    if (!scene_.rules.waits_for_admission) return answer_success(request, *change);
    wait(request, Await::commit);
}

// A refusal waits for a record produced after it was decided: only then is it sure that nobody else
// led meanwhile.
void Writer::refuse(std::size_t request) {
    if (!scene_.rules.waits_for_admission) return answer_refusal(request);
    if (scene_.rules.barrier && staged_.empty()) stage_checkpoint();
    const std::uint64_t seq = speculative_seq();
    if (reader_.seq() >= seq) return answer_refusal(request);
    wait(request, Await::refusal, seq);
}

std::uint64_t Writer::speculative_seq() const {
    return reader_.seq() + flight_.size() + staged_.size();
}

void Writer::wait(std::size_t request, Await what, std::uint64_t seq) {
    const bool known =
        std::ranges::any_of(waiting_, [&](const Waiting& one) { return one.request == request; });
    if (!known && waiting_.size() < waiting_max) waiting_.push_back({request, what, seq});
}

void Writer::stage_checkpoint() {
    if (role_ == Role::leader && !closing_)
        staged_.push_back({RecordKind::checkpoint, false, -1, {}});
}

void Writer::stage_resignation(bool moved) {
    if (role_ != Role::leader || closing_) return;
    staged_.push_back({RecordKind::resign, moved, -1, {}});
    closing_ = true;
}

WirePointer Writer::produce_record(const Staged& staged, const Place& place, const Place& known) {
    Record record = blank_record(staged.kind, reader_.fold());
    record.node = node_id(life_);
    record.seq = place.seq;
    record.prev = place.head;
    record.known = known;
    if (staged.kind == RecordKind::commit) put_change(record, staged.command, staged.change);
    if (staged.moved) record.body = copy_name;
    return wire_of(std::move(record));
}

void Writer::flush(std::size_t records_max) {
    if (role_ != Role::leader || in_flight() || staged_.empty()) return;
    if (scene_.world.truth().fold().epoch() != reader_.fold().epoch()) {
        ++scene_.world.tally.zombies;
    }
    const std::size_t count = std::min({staged_.size(), records_max, batch_max});
    const Place known = reader_.fold().place();
    Place place = known;
    for (std::size_t i = 0; i < count; ++i) {
        flight_.push_back(produce_record(staged_[i], place, known));
        place = {place.seq + 1, next_head(place.head, flight_.back()->hash)};
    }
    staged_.erase(staged_.begin(), staged_.begin() + static_cast<std::ptrdiff_t>(count));
    batch_ = scene_.next_batch++;
    send(scene_, {flight_, index_, life_, batch_, {}, false});
}

void Writer::give_up_batch() {
    if (role_ != Role::leader || !in_flight()) return;
    ++scene_.world.tally.unsure;
    staged_.clear();
    closing_ = false;
    ahead_ = reader_.shelf();
    if (!scene_.rules.announces_when_unsure) {
        flight_.clear();
        waiting_.clear();
        return;
    }
    for (Waiting& one : waiting_) one.what = Await::another_try;
    role_ = Role::follower;
    announce();
}

// Only offsets as expected, one after the other, are an acknowledgement; a lower one means that the
// log has lost what it had acknowledged before.
bool Writer::trusts(const Report& report) {
    const bool whole =
        std::ranges::all_of(report.offsets, [](const auto& offset) { return offset.has_value(); });
    if (!scene_.rules.checks_offsets) return whole;
    for (std::size_t i = 0; i < report.offsets.size(); ++i) {
        const auto& offset = report.offsets[i];
        if (offset && *offset < expected_) {
            reader_.halt();
            scene_.world.note_halt();
            stop();
            return false;
        }
        if (!offset || *offset != expected_ + i) return false;
    }
    return true;
}

void Writer::take_report(const Report& report) {
    const bool mine = report.life == life_ && report.batch == batch_;
    if (!mine || role_ != Role::leader || !in_flight()) return;
    if (trusts(report)) {
        admit_flight(report);
    } else if (role_ == Role::leader) {
        give_up_batch();
    }
}

void Writer::admit_flight(const Report& report) {
    bool resigned = false;
    const Reader& truth = scene_.world.truth();
    const bool blind = !scene_.world.clean() && !reader_.differs(truth, truth.seq());
    for (std::size_t i = 0; i < flight_.size(); ++i) {
        const Wire& wire = *flight_[i];
        if (wire.command) blind_[static_cast<std::size_t>(*wire.command)] |= blind;
        reader_.offer(wire);
        if (reader_.halted()) return stop();
        const std::size_t offset = *report.offsets[i];
        const bool there =
            offset < scene_.world.size() && scene_.world.at(offset).wire == flight_[i];
        if (wire.command && there) {
            serials_[static_cast<std::size_t>(*wire.command)] = scene_.world.at(offset).serial;
        }
        resigned = resigned || wire.record.kind == RecordKind::resign;
    }
    reader_.offset = expected_ = *report.offsets.back() + 1;
    flight_.clear();
    const LogWorld& world = scene_.world;
    const bool comparable = world.clean() && scene_.rules.checks_offsets;
    if (comparable && reader_.head() != world.truth(reader_.offset - 1).head) {
        scene_.world.report(Violation::readers_differ);
    }
    answer_admitted();
    if (resigned) stand_down();
}

void Writer::answer_admitted() {
    const std::vector<Waiting> waiting = std::exchange(waiting_, {});
    for (const Waiting& one : waiting) {
        const auto command = static_cast<std::size_t>(scene_.requests[one.request].command);
        const auto& done = reader_.shelf().done[command];
        const bool admitted = one.what == Await::commit && done.has_value();
        const bool behind = one.what == Await::refusal && reader_.seq() >= one.seq;
        if (admitted) {
            answer_success(one.request, *done);
        } else if (behind) {
            answer_refusal(one.request);
        } else {
            waiting_.push_back(one);
        }
    }
}

void Writer::answer_success(std::size_t request, const Change& change) {
    Request& asked = scene_.requests[request];
    if (std::exchange(asked.answered, true)) return;
    ++scene_.world.tally.answers;
    LogWorld& world = scene_.world;
    const auto command = static_cast<std::size_t>(asked.command);
    const bool stands = world.truth().shelf().done[command] == change;
    if (world.clean() && !stands) world.report(Violation::lost_answer);
    scene_.promises.push_back({asked.command, change, serials_[command], blind_[command]});
}

void Writer::answer_refusal(std::size_t request) {
    Request& asked = scene_.requests[request];
    if (std::exchange(asked.answered, true)) return;
    ++scene_.world.tally.answers;
    LogWorld& world = scene_.world;
    if (!world.clean()) return;
    const auto command = static_cast<std::size_t>(asked.command);
    for (std::size_t moment = asked.asked_at; moment <= world.size(); ++moment) {
        const Shelf& shelf = world.shelf_after(moment);
        if (!shelf.done[command] && !decide(shelf, scene_.commands[command])) return;
    }
    world.report(Violation::unjustified_answer);
}

void Writer::save() {
    if (role_ != Role::stopped && reader_.offset >= disk_.offset) disk_ = reader_;
}

void Writer::crash(bool keeps_disk) {
    if (role_ == Role::stopped) return;
    ++scene_.world.tally.crashes;
    stand_down();
    life_ = scene_.next_life++;
    reader_ = keeps_disk ? disk_ : Reader{scene_.rules};
    serials_ = {};
    blind_ = {};
}

void Writer::retire() {
    if (role_ == Role::stopped) return;
    stand_down();
    read(world_end);
    if (role_ != Role::stopped) stand_down();
}

}  // namespace pakashop::simulation
