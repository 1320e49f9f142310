# ttsq completion for fish: all that is offered comes from `ttsq __complete`, so it fits the program.
function __ttsq_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    set -l lines (command $program __complete $words "$typed" 2>/dev/null)
    set -l option (string match -r -- '^--[^=]*=' "$typed")
    set -l path (string replace -r -- '^--[^=]*=' '' "$typed")
    switch "$lines[1]"
        case :files
            printf '%s\n' "$option"(__fish_complete_path "$path")
        case :folders
            printf '%s\n' "$option"(__fish_complete_directories "$path")
    end
    set -e lines[1]
    test (count $lines) -gt 0; and printf '%s\n' $lines
end
complete -c ttsq -f -a '(__ttsq_complete)'
