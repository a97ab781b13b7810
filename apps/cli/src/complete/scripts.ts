/** Scripts that ask `neb __complete` with the words before the cursor; it answers with a candidate a line, a tab and what it is. */
export const shells: Readonly<Record<string, string>> = {
  bash: `# neb completion for bash; load it with: source <(neb completion bash)
_neb() {
  local line candidates=()
  # Bash takes words apart at = and :, which belong to ours.
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}") current="\${COMP_WORDS[COMP_CWORD]}"
  while IFS= read -r line; do
    candidates+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" __complete "\${words[@]}" 2>/dev/null)
  COMPREPLY=()
  if [[ \${candidates[0]} == __files__ ]]; then
    compopt -o default 2>/dev/null
    return
  fi
  for line in "\${candidates[@]}"; do
    [[ $line == "$current"* ]] && COMPREPLY+=("$line")
  done
  # After container/ and alike comes a name.
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]] && compopt -o nospace 2>/dev/null
}
complete -F _neb neb nebu ./neb
`,
  zsh: `#compdef neb nebu
# neb completion for zsh; load it with: source <(neb completion zsh)
_neb() {
  local line
  local -a candidates
  while IFS= read -r line; do
    if [[ $line == __files__* ]]; then
      _files
      return
    fi
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe 'neb' candidates
}
if [[ $funcstack[1] == _neb ]]; then _neb "$@"; else compdef _neb neb nebu; fi
`,
  fish: `# neb completion for fish; load it with: neb completion fish | source
function __neb_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] __complete $words[2..-1] 2>/dev/null)
  if test "$found[1]" = "__files__"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c neb -f -a '(__neb_complete)'
complete -c nebu -f -a '(__neb_complete)'
`,
};
