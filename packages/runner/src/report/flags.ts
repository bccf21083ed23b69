/**
 * What the flags of rows mean. Attacks and defences may raise others through their notes; a report shows those without an explanation.
 * Each is a reason for caution, not a failure: the row's numbers are what was measured.
 */
export const FLAGS: Readonly<Record<string, string>> = {
  'static-stronger':
    'The adaptive attack, which knows the defence, ended with less than the static one, which does not: its search was at fault, not the defence strong. The row reports the better of the two.',
  'zero-gradient':
    'The gradient was zero everywhere: the attack had no direction to go and returned the image unchanged.',
  'nan-gradient':
    'The gradient held values that are not numbers, which counted as zero: the attack was weaker than it might have been.',
  tiled:
    'The defence’s network looks at the whole image and had this one in tiles that know nothing of one another, as was asked: another function than the network’s.',
  unreached: 'The strength that was asked for is out of the reach of the knob: the nearest is reported.',
}
