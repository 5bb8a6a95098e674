#include "handlers/ask.hpp"

#include <future>
#include <memory>
#include <utility>

namespace pakashop {

Outcome ask(Engine& engine, Command command) {
    std::vector<Command> one;
    one.push_back(std::move(command));
    return std::move(ask_all(engine, std::move(one)).front());
}

std::vector<Outcome> ask_all(Engine& engine, std::vector<Command> commands) {
    std::vector<std::future<Outcome>> answers;
    answers.reserve(commands.size());
    for (Command& command : commands) {
        // A reply is copied around, so what it fulfils has to be shared.
        auto promise = std::make_shared<std::promise<Outcome>>();
        answers.push_back(promise->get_future());
        command.reply = [promise](const Outcome& outcome) { promise->set_value(outcome); };
        engine.submit(std::move(command));
    }
    std::vector<Outcome> outcomes;
    outcomes.reserve(answers.size());
    for (auto& answer : answers) outcomes.push_back(answer.get());
    return outcomes;
}

Command system_command(
    const CommandId& id,
    KeyedCommand keyed,
    const Actor& actor,
    const Trace& trace,
    Instant now
) {
    Command command;
    command.id = id;
    command.fingerprint = sha256(to_hex(id));
    command.key = std::move(keyed.key);
    command.to = std::move(keyed.to);
    command.actor = actor;
    command.trace = trace;
    command.now = now;
    return command;
}

}  // namespace pakashop
