#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/books.hpp"
#include "tests/simulation/reader.hpp"
#include "tests/simulation/tape.hpp"
#include "tests/simulation/violation.hpp"

namespace pakashop::simulation {

/// What goes wrong with the log itself in a schedule.
enum class LogFault : std::uint8_t {
    none,      ///< Network and crashes only.
    move,      ///< None either, and the log is sealed and copied to another.
    truncate,  ///< It loses a tail that somebody had read, and may grow again.
    remove,    ///< A record in its middle is gone.
    flip,      ///< A record's bytes flip.
    skip       ///< The log is whole, but a reader passes over some of it.
};

/// What happened in a schedule.
struct Tally {
    std::uint64_t landed = 0;
    std::uint64_t admitted = 0;
    std::uint64_t successes = 0;
    std::uint64_t refusals = 0;
    std::uint64_t repeats = 0;  ///< Successes that an earlier commit answered.
    std::uint64_t grants = 0;   ///< Successes that begin an attempt of an effect.
    std::uint64_t reused = 0;   ///< Refusals of another body under the same id.
    std::uint64_t unsure = 0;   ///< Batches whose outcome stayed unknown.
    std::uint64_t zombies = 0;  ///< Batches of deposed leaders.
    std::uint64_t crashes = 0;
    std::uint64_t leads = 0;  ///< Take-overs that came to lead.
    std::uint64_t moves = 0;
    std::uint64_t faults = 0;
    std::uint64_t halts = 0;
    Tally& operator+=(const Tally& more);
};

/// One record as it lies in the log.
struct Landed {
    WirePointer wire;
    std::uint32_t serial = 0;  ///< Of this landing: two copies of a record have two.
    bool gone = false;
};

/// What the log's own fold says of an offset, once it has read it.
struct Truth {
    Verdict verdict = Verdict::halt;
    Digest head{};
    std::uint64_t seq = 0;
};

/// The physical log, the fold of exactly what is in it, and what that fold's commits led to.
class LogWorld {
public:
    LogWorld(const Rules& rules, LogFault fault, const Errands& errands, bool is_copy = false);

    std::size_t size() const { return log_.size(); }
    const Landed& at(std::size_t offset) const { return log_[offset]; }
    const Truth& truth(std::size_t offset) const { return truths_[offset]; }
    const Reader& truth() const { return truth_; }
    const Books& books() const { return books_; }
    /// The admitted record at that position; null beyond the end.
    const Wire* admitted(std::uint64_t seq) const;
    /// False from the moment something happened to the log itself.
    bool clean() const { return clean_; }
    bool sealed() const { return sealed_; }
    LogFault fault() const { return fault_; }

    void land(const WirePointer& wire);
    /// Reads one record for a reader; nothing at the end, or once it has halted.
    std::optional<Verdict> read(Reader& reader);
    /// Lets the schedule's fault happen, if it can now. `known_beyond` says whether somebody has
    /// read beyond an offset.
    bool strike(Tape& tape, const std::function<bool(std::size_t)>& known_beyond);
    /// Lets the reader pass over admitted records, if that is the schedule's fault and there are
    /// some.
    bool lead_astray(Tape& tape, Reader& reader);

    /// True for a record of the batch in which a hole was torn: nobody who is left can know of it,
    /// and only a witness could tell.
    bool behind_hole(const Wire& wire) const { return hole_ && wire.record.known.seq <= *hole_; }

    void report(Violation violation) { seen_ |= 1U << static_cast<unsigned>(violation); }
    bool violated() const { return seen_ != 0; }
    std::uint32_t violations() const { return seen_; }
    /// Somebody halted: a fault's doing, or a violation.
    void note_halt();
    /// Adds to what tells one run of a schedule from another.
    void note(std::uint64_t what) { print_ = (print_ ^ what) * 0x100000001b3ULL; }
    std::uint64_t print() const { return print_; }
    Tally tally;
    /// Told what happens, for people; may be empty.
    std::function<void(const std::string&)> tell;

private:
    std::string judged() const;
    void follow(const Landed& landed, bool first_time);
    void check_new(const Wire& wire);
    void take_admitted(const WirePointer& wire, bool first_time);
    void note_halt_of(const Reader& reader);
    void check_reader(Reader& reader, Verdict verdict);
    void check_astray(const Reader& reader, Verdict verdict);
    void read_again();
    bool truncate(Tape& tape, const std::function<bool(std::size_t)>& known_beyond);
    bool remove(Tape& tape);
    bool flip(Tape& tape);
    std::uint64_t admitted_before(std::size_t offset) const;
    bool read_beyond(std::size_t offset, std::uint64_t seq) const;

    Rules rules_;
    LogFault fault_;
    bool is_copy_;
    std::vector<Landed> log_;
    std::vector<Truth> truths_;
    std::vector<WirePointer> history_;  ///< Admitted, by position.
    Reader truth_;
    Books books_;
    std::optional<std::uint64_t> hole_;  ///< The position of a removed record.
    bool clean_ = true;
    bool sealed_ = false;
    std::uint32_t serial_ = 0;
    std::uint32_t seen_ = 0;
    std::uint64_t print_ = 0xcbf29ce484222325ULL;
};

}  // namespace pakashop::simulation
