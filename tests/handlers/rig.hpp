#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "adapters/memory/memory_key_store.hpp"
#include "adapters/memory/memory_log.hpp"
#include "handlers/sealing.hpp"
#include "handlers/shard.hpp"
#include "tests/aggregates/order_world.hpp"
#include "tests/kit/hand_clock.hpp"

/// What the tests of the shard and the engine share: commands, and a shard on a log in memory.
namespace pakashop::kit {

/// What becomes of a command; the name of given.hpp is another.
using Answer = pakashop::Outcome;

inline const Actor somebody{"usr_buyer", "CUSTOMER", "password"};

/// The 16 bytes a small number stands for.
CommandId numbered_command(std::uint64_t number);

/// A command for a stream that is alone under its own id.
template <class Aggregate>
Command command_to(const std::string& id, typename Aggregate::Command command, std::uint64_t n) {
    Command out;
    out.id = numbered_command(n);
    out.fingerprint = sha256("body of " + std::to_string(n));
    out.key = id;
    out.to = {stream_of<Aggregate>(id), AnyCommand{std::move(command)}};
    out.actor = somebody;
    out.now = noon;
    return out;
}

inline const ProductId lamp{"prd_lamp"};

/// Offers a product at 50.00 with so many units.
Product::List offer(const ProductId& product, std::int64_t stock);
/// Holds units of it for a try of `the_order`.
Product::Hold hold(const std::string& try_id, std::int64_t quantity);
Order::Place place_order_of(const std::vector<OrderLine>& lines);

/// One shard on a log in memory, driven by hand.
class ShardRig {
public:
    explicit ShardRig(bool exclusive = true, ShardOptions options = {});

    /// Hands a command in; its answer lands in `answers` when it comes.
    void submit(Command command);
    /// Writes what is staged, once. True when its fate is known; otherwise the shard must lead.
    bool flush();
    /// Writes what is staged, and leads again where that is needed, until nothing is.
    void run();
    /// The command, written at once; its answer.
    Answer answer(Command command);
    /// A process that starts again on what the log holds.
    void restart(ShardOptions options = {});

    const Product::State& product(const ProductId& product = lamp);
    /// How many records of the log are the commit of that command.
    std::size_t commits_of(const CommandId& id);

    MemoryLog log;
    MemoryKeyStore keys;
    SealingVault vault{keys};
    std::vector<std::shared_ptr<const Commit>> heard;
    std::deque<std::vector<Answer>> answers;  ///< Those to the n-th command handed in.
    std::unique_ptr<Shard> shard;

private:
    std::uint8_t node_ = 0;
};

}  // namespace pakashop::kit
