#include "tests/simulation/log_world.hpp"

#include <algorithm>

namespace pakashop::simulation {

Tally& Tally::operator+=(const Tally& more) {
    landed += more.landed;
    admitted += more.admitted;
    answers += more.answers;
    unsure += more.unsure;
    zombies += more.zombies;
    crashes += more.crashes;
    moves += more.moves;
    faults += more.faults;
    halts += more.halts;
    return *this;
}

LogWorld::LogWorld(const Rules& rules, LogFault fault)
    : rules_{rules}, fault_{fault}, truth_{rules} {}

const Shelf& LogWorld::shelf_after(std::size_t offsets) const {
    return offsets == 0 ? genesis_ : truths_[offsets - 1].shelf;
}

void LogWorld::note_halt() {
    ++tally.halts;
    if (clean_) report(Violation::false_halt);
}

void LogWorld::land(const WirePointer& wire) {
    ++tally.landed;
    log_.push_back({wire, ++serial_});
    follow(log_.back(), true);
}

void LogWorld::follow(const Landed& landed, bool first_time) {
    Verdict verdict = Verdict::halt;
    if (!truth_.halted()) {
        if (first_time && landed.wire->command) check_admitted(*landed.wire);
        verdict = truth_.offer(*landed.wire);
        if (verdict == Verdict::admitted && first_time) {
            ++tally.admitted;
            if (sealed_) report(Violation::behind_seal);
        }
        const bool seals =
            landed.wire->record.kind == RecordKind::resign && !landed.wire->record.body.empty();
        if (verdict == Verdict::admitted && seals) sealed_ = true;
        if (verdict == Verdict::halt && first_time && clean_) report(Violation::false_halt);
    }
    truths_.push_back({verdict, truth_.head(), truth_.seq(), truth_.shelf()});
}

// A commit about to be admitted must be new, and decided on the state it lands on.
void LogWorld::check_admitted(const Wire& wire) {
    Reader trial = truth_;
    if (trial.offer(wire) != Verdict::admitted) return;
    const auto command = static_cast<std::size_t>(*wire.command);
    if (truth_.shelf().done[command]) report(Violation::admitted_twice);
    if (truth_.shelf().all[wire.change->thing] != wire.change->before) {
        report(Violation::wrong_state);
    }
}

std::optional<Verdict> LogWorld::read(Reader& reader) {
    if (reader.halted()) return std::nullopt;
    if (reader.offset > log_.size()) {
        if (rules_.stops_beyond_end) {
            reader.halt();
            note_halt();
        }
        return std::nullopt;
    }
    while (reader.offset < log_.size() && log_[reader.offset].gone) ++reader.offset;
    if (reader.offset >= log_.size()) return std::nullopt;
    const Verdict verdict = reader.offer(*log_[reader.offset].wire);
    if (verdict == Verdict::halt) {
        if (truths_[reader.offset].verdict != Verdict::halt || !clean_) note_halt();
        return std::nullopt;
    }
    ++reader.offset;
    check_reader(reader, verdict);
    return verdict;
}

// On an unharmed log every reader says what the log's own fold says. On a harmed one, a reader that
// knows the lost history must not take up the new one; passing over a late batch it may.
void LogWorld::check_reader(Reader& reader, Verdict verdict) {
    const std::size_t offset = reader.offset - 1;
    const Truth& truth = truths_[offset];
    if (truth.verdict == Verdict::halt) return;
    if (clean_) {
        const bool same = verdict == truth.verdict && reader.head() == truth.head;
        if (!same) report(Violation::readers_differ);
        return;
    }
    const bool announcement = log_[offset].wire->record.kind == RecordKind::announce;
    const bool lost = truth.verdict == Verdict::admitted && !announcement;
    if (!lost || !reader.differs(truth_, truth.seq)) return;
    reader.saw_other = true;
    if (verdict == Verdict::admitted) report(Violation::split_history);
}

void LogWorld::read_again() {
    truth_ = Reader{rules_};
    truths_.clear();
    sealed_ = false;
    for (const Landed& landed : log_) {
        if (landed.gone) {
            truths_.push_back({Verdict::voided, truth_.head(), truth_.seq(), truth_.shelf()});
        } else {
            follow(landed, false);
        }
    }
}

bool LogWorld::strike(Tape& tape, const std::function<bool(std::size_t)>& known_beyond) {
    if (!clean_ || log_.empty() || truth_.halted()) return false;
    bool struck = false;
    if (fault_ == LogFault::truncate) struck = truncate(tape, known_beyond);
    if (fault_ == LogFault::remove) struck = remove(tape);
    if (fault_ == LogFault::flip) struck = flip(tape);
    tally.faults += struck;
    return struck;
}

// Only a loss that somebody can know of: what nobody had read is as if it had never landed.
bool LogWorld::truncate(Tape& tape, const std::function<bool(std::size_t)>& known_beyond) {
    const std::size_t deep = tape.in_thousand(250) ? 40 : 7;
    const std::size_t lost = 1 + tape.below_size(std::min(log_.size(), deep));
    const std::size_t from = log_.size() - lost;
    const bool any_admitted = std::any_of(
        truths_.begin() + static_cast<std::ptrdiff_t>(from),
        truths_.end(),
        [](const Truth& truth) { return truth.verdict == Verdict::admitted; }
    );
    if (!any_admitted || !known_beyond(from)) return false;
    log_.resize(from);
    clean_ = false;
    read_again();
    return true;
}

std::uint64_t LogWorld::admitted_before(std::size_t offset) const {
    return offset == 0 ? 0 : truths_[offset - 1].seq;
}

// A later writer, still of the history, had seen what stood at `seq`.
bool LogWorld::read_beyond(std::size_t offset, std::uint64_t seq) const {
    for (std::size_t i = offset + 1; i < log_.size(); ++i) {
        const Record& record = log_[i].wire->record;
        const bool counts =
            truths_[i].verdict == Verdict::admitted && record.kind != RecordKind::announce;
        if (counts && record.known.seq > seq) return true;
    }
    return false;
}

bool LogWorld::remove(Tape& tape) {
    if (log_.size() < 2) return false;
    const std::size_t offset = tape.below_size(log_.size() - 1);
    if (truths_[offset].verdict != Verdict::admitted) return false;
    if (truth_.seq() == truths_[offset].seq) return false;
    const bool seen_later = read_beyond(offset, admitted_before(offset));
    const std::uint64_t seq_before = truth_.seq();
    const Digest head_before = truth_.head();
    hole_ = admitted_before(offset);
    log_[offset].gone = true;
    clean_ = false;
    read_again();
    const bool same = truth_.seq() == seq_before && truth_.head() == head_before;
    if (seen_later && !truth_.halted() && !same) report(Violation::silent_hole);
    return true;
}

bool LogWorld::flip(Tape& tape) {
    const std::size_t offset = tape.below_size(log_.size());
    log_[offset].wire = flipped(*log_[offset].wire, tape.draw());
    clean_ = false;
    read_again();
    if (!truth_.halted()) report(Violation::silent_flip);
    return true;
}

}  // namespace pakashop::simulation
