#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "handlers/follower.hpp"
#include "handlers/ports/cluster.hpp"

namespace pakashop {

struct CommandForwarderOptions {
    std::size_t threads = 8;
    std::size_t queue_max = 8192;  ///< Commands that wait or travel; one more is overloaded.
    std::size_t batch_max = 64;    ///< Commands in one request.
    std::chrono::milliseconds again_after{50};
    /// How long a command waits for somebody to lead its partition: a take-over fits in.
    std::chrono::milliseconds patience{8'000};
};

/// Takes the commands of partitions that other nodes lead to them, with their ids, so that asking
/// once more changes nothing (architecture 2.6). What was committed is answered once this node has
/// followed it: whoever is told can read it here.
class CommandForwarder {
public:
    /// Sends encoded commands to the node at host:port; its encoded outcomes, or nothing when it
    /// gives none. Blocks.
    using Send =
        std::function<std::optional<std::string>(const std::string& address, const std::string&)>;
    using FindLeader = std::function<std::optional<Lease>(PartitionId)>;

    CommandForwarder(
        Engine& engine,
        Follower& follower,
        FindLeader find_leader,
        Send send,
        CommandForwarderOptions options = {}
    );
    ~CommandForwarder() { stop(); }
    CommandForwarder(const CommandForwarder&) = delete;
    CommandForwarder& operator=(const CommandForwarder&) = delete;

    void start();
    /// Answers everything that waits, and takes nothing more. Idempotent. Before the engine stops.
    void stop();

    /// For EngineOptions. The reply comes from any thread.
    void take(Command command);

private:
    using SteadyTime = std::chrono::steady_clock::time_point;
    struct Parcel {
        Command command;
        SteadyTime give_up_at;
    };
    using Parcels = std::vector<Parcel>;
    /// What waits for one partition's leader.
    struct Line {
        std::deque<Parcel> waiting;
        SteadyTime not_before;  ///< After a try that failed.
    };
    /// What goes to one partition's leader at once.
    struct Load {
        PartitionId partition = 0;
        std::string to;  ///< Where that is; empty where nobody leads.
        Parcels parcels;
    };

    void run();
    std::optional<Load> next_load();
    std::optional<Load> load_what_may_go();
    void carry(Load load);
    void arrived(const std::string& at);
    std::optional<std::vector<Outcome>> ask_leader(const Load& load) const;
    void answer(PartitionId partition, Parcels parcels, std::vector<Outcome> outcomes);
    bool known_here(PartitionId partition, const Outcome& outcome) const;
    void settle(PartitionId partition, Parcels parcels, const std::vector<Outcome>& outcomes);
    void put_back(PartitionId partition, Parcels parcels);
    void give_back(const Parcels& parcels);
    void release(std::size_t answered);

    Engine& engine_;
    Follower& follower_;
    const FindLeader find_leader_;
    const Send send_;
    const CommandForwarderOptions options_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable all_answered_;
    std::vector<Line> lines_;  ///< By partition.
    std::size_t next_line_ = 0;
    std::size_t held_ = 0;                           ///< Commands that wait or travel.
    std::map<std::string, std::size_t> travelling_;  ///< Loads on their way, by address.
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace pakashop
